"""Syntax mistakes: what is said where, and that the fix leaves a text that can be read."""

import pytest

from nlc.fix import fixed
from nlc.read import parse_any
from nlc.report import Diagnostic, SpecError
from nlc.source import Source

BLOCK = "block f(x: [T d]) {{\n  {}\n  return x\n}}\n"
MEMORY = "block f(x: [T d]) {{ memory m(x) {{ objective: {} update: {} }} return x }}"


def wrong(text: str, name: str = "a.nl") -> list[Diagnostic]:
    try:
        parse_any(Source(name, text))
    except SpecError as error:
        return error.report.sorted()
    return []


def cured(found: Diagnostic) -> str:
    assert found.fix
    return fixed(found.fix.span.source, [found.fix])[0]


SLIPS = [
    ("dim d: 8\n", "`d` has no `=`", "dim d = 8\n"),
    ("dim d 8\n", "`d` has no `=`", "dim d = 8\n"),
    ("dim d = 8 e = 9\n", "`e` does not fit here", "dim d = 8, e = 9\n"),
    ("param r: 8\n", "`r` has no `=`", "param r = 8\n"),
    ("param r = 8 in [8, 16]\n", "this is no domain", "param r = 8 in {8, 16}\n"),
    ("use std/cms.nl (cms)\n", "a path stands in quotes", 'use "std/cms.nl" (cms)\n'),
    ('use "std/cms.nl" cms\n', "`use` says which blocks it brings in", 'use "std/cms.nl" (cms)\n'),
    ('use "std/cms.nl"\n', "`use` says which blocks it brings in", None),
    ("block f(x: [T, d]) { return x }", "this `,` is one too many", "block f(x: [T d]) { return x }"),
    ("block f(x: (T d)) { return x }", "a shape stands in `[…]`", "block f(x: [T d]) { return x }"),
    (BLOCK.format("y = x,"), "this `,` is one too many", BLOCK.format("y = x")),
    (BLOCK.format("y = x ** 2"), "the language has no power", None),
    (BLOCK.format("y = x == 2"), "nothing is compared in a spec", None),
    (BLOCK.format("y = f([x])"), "a list is no value", None),
    (BLOCK.format("y = 2 x"), "`x` does not fit behind a value", None),
    (BLOCK.format("norm"), "`norm` is begun and not finished", None),
    (BLOCK.format("memry m(x) { }"), "`memry` begins nothing", BLOCK.format("memory m(x) { }")),
    (BLOCK.format("for i in x { }"), "the language has no `for`", None),
    (BLOCK.format("y = x | norm"), "`|` has no meaning here", BLOCK.format("y = x |> norm")),
    ("// sizes\ndim d = 8\n", "a comment begins with `#`", "# sizes\ndim d = 8\n"),
    (BLOCK.format("y = x // twice"), "a comment begins with `#`", None),
    (BLOCK.format("y = norm(x)\n  y += x"), "the language has no `+=`", None),
    (
        "block f(x: [T d]) {\n  y = norm(x)\n  x + y\n}\n",
        "this value goes nowhere",
        "block f(x: [T d]) {\n  y = norm(x)\n  return x + y\n}\n",
    ),
    (
        MEMORY.format("l2 optimizer: adamw(lr=0.1, betas=(0.9, 0.95))", "every token"),
        "a list is no value",
        MEMORY.format("l2 optimizer: adamw(lr=0.1, beta1=0.9, beta2=0.95)", "every token"),
    ),
    (MEMORY.format('"l2"', "every token"), "names stand without quotes", MEMORY.format("l2", "every token")),
    (MEMORY.format("l2", "every 8"), "a period needs a unit", MEMORY.format("l2", "every 8 tokens")),
    (MEMORY.format("task", "every 8"), "a period needs a unit", None),
    (
        MEMORY.format("l2", "every 8 tokns"),
        "`tokns` is no unit of time",
        MEMORY.format("l2", "every 8 tokens"),
    ),
    (
        "model m(ids: [T]) { update: every 8 }",
        "a period needs a unit",
        "model m(ids: [T]) { update: every 8 steps }",
    ),
]


@pytest.mark.parametrize(("text", "message", "mended"), SLIPS, ids=lambda value: str(value)[:32])
def test_slips(text: str, message: str, mended: str | None):
    (found,) = wrong("nl 1\n" + text)
    assert found.message == message
    assert (cured(found) if found.fix else None) == (f"nl 1\n{mended}" if mended else None)
    assert mended is None or not wrong(f"nl 1\n{mended}")


BOUND = """nl 1
block f(x: [T d]) {
  memory m(x) {
    structure = matrix(heads=1)
    queries = linear(x)
    objective: l2
    optimizer = sgd(lr=0.1)
    update = every token
    retention = keep(0.9) every 8 tokens
  }
  return m(x)
}
"""


def test_all_fields_that_are_bound_are_told_in_the_same_words_and_put_right():
    found = wrong(BOUND)
    names = ["structure", "queries", "optimizer", "update", "retention"]
    assert [each.message for each in found] == [f"a field is written `{name}: …`" for name in names]
    assert {each.label.span.text for each in found} == {"="}
    text, _ = fixed(found[0].label.span.source, [each.fix for each in found if each.fix])
    assert wrong(text) == [] and text.count(" = ") == 0


def test_curly_quotes_are_put_right():
    found = wrong("nl 1\nuse \u201cstd/cms.nl\u201d (cms)\n")
    text, _ = fixed(found[0].label.span.source, [each.fix for each in found if each.fix])
    assert text == 'nl 1\nuse "std/cms.nl" (cms)\n'


@pytest.mark.parametrize(
    ("name", "text", "written"),
    [
        ("a.yaml", "nl 1\ndim d = 8\nblock f(x: [T d]) {\n  return x\n}\n", ".nl"),
        ("a.nl", "nl: 1\ndim: {d: 8}\nblock:\n  f:\n    in: {x: T d}\n", "YAML"),
    ],
)
def test_the_other_spelling_is_named(name: str, text: str, written: str):
    (found,) = wrong(text, name)
    assert (found.message, found.fix) == (f"this text is written as {written}", None)


VERSIONS = [
    ("", "the file does not say its version"),
    ("nl", "the first line is `nl 1`"),
    ("nl1", "the first line is `nl 1`"),
    ("nl: 1", "the first line is `nl 1`"),
    ("nl one", "the first line is `nl 1`"),
    ("dim e = 3\nnl 1", "the version stands too late"),
    ("nl 1\nnl 1", "a file says its version once"),
]


@pytest.mark.parametrize(("head", "message"), VERSIONS)
def test_the_version_is_put_right(head: str, message: str):
    (found,) = wrong(f"# of sizes\n\n{head}\ndim d = 8\n")
    assert found.message == message
    assert wrong(cured(found)) == []


@pytest.mark.parametrize(
    ("name", "head"), [("a.nl", "nl 2"), ("a.nl", "nl: 2"), ("a.nl", "nl2"), ("a.yaml", "nl: 2")]
)
def test_a_newer_version_is_never_written_over(name: str, head: str):
    text = f"{head}\ndim: {{d: 8}}\n" if name == "a.yaml" else f"{head}\ndim d = 8\n"
    (found,) = wrong(text, name)
    assert found.fix is None and "nl" in found.message + found.label.text


YAML = [
    ("block:\n\tf: 3\n", "YAML is indented by spaces", False),
    ("block:\n  f:\n    in: {x: T d}\n   body: [x]\n", "this line is indented like none above it", False),
    ("  dim: {d: 3}\n", "this line belongs to nothing", False),
    ("block\n  f: 3\n", "a `:` is missing after `block`", True),
    ("block:\n  f\n  g: 3\n", "a `:` is missing after `f`", True),
    ("dim: {d: 3\nblock:\n  f: 1\n", "this `{` is not closed", False),
    ("dim: {d: 3}}\n", "this `}` closes nothing", False),
    ("dim: {d: 3 e: 4}\n", "a `,` is missing before this", False),
    ('dim: "d\n', "this text is not closed", False),
    ("dim: @d\n", "nothing begins with `@`", False),
    ("use: - a\n", "a list with `- ` has lines of its own", False),
    ("block:\n  - a\n  b: 1\n", "a list and a map cannot stand in one place", False),
    ("dim: * d\n", "aliases (`*name`) are not read", False),
    ("block:\n  f:\n    keys: mlp(a: b)\n", "a value stands in a value", False),
    ("block: {f: {bodi: [return x]}}\n", "`bodi` is no key of a block", True),
    ("param: {a: {default: 3, in: {1, 2, 3}}}\n", "this is no domain", True),
    ("model: {f: {update: every 64}}\n", "a period needs a unit", True),
    ("block: {f: {memory: {m: {objective: l2, update: every 64}}}}\n", "a period needs a unit", True),
    ("block: {f: {memory: {m: {objective: task, update: every 64}}}}\n", "a period needs a unit", False),
]


@pytest.mark.parametrize(("text", "message", "mends"), YAML, ids=lambda value: str(value)[:32])
def test_yaml(text: str, message: str, mends: bool):
    (found,) = wrong("nl: 1\n" + text, "a.yaml")
    assert found.message == message
    assert bool(found.fix) == mends
    assert not mends or message not in {again.message for again in wrong(cured(found), "a.yaml")}


@pytest.mark.parametrize(
    ("field", "meant"),
    [
        ("objective: {name: l2}", "objective: l2"),
        ("structure: {mlp: {depth: 2}}", "structure: mlp(depth=2)"),
        ("optimizer: {type: sgd, lr: 0.1}", "optimizer: sgd(lr=0.1)"),
    ],
)
def test_a_part_as_a_map_is_one_text(field: str, meant: str):
    (found,) = wrong(f"nl: 1\nblock: {{f: {{memory: {{m: {{{field}}}}}}}}}\n", "a.yaml")
    assert found.label.text == f"write it as one text: `{meant}`"
