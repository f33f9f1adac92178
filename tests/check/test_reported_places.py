"""Where a mistake is shown, and what its fix leaves."""

import pytest

from nlc.check import check
from nlc.fix import fixed
from nlc.read import read_text
from nlc.report import Diagnostic, SpecError


def wrong(text: str, name: str = "a.nl") -> list[Diagnostic]:
    try:
        return check(read_text(text, name)).report.sorted()
    except SpecError as error:
        return error.report.sorted()


STD = """nl 1
use "std/{0}.nl" ({0})
dim vocab = 256, d = 64
model lm(ids: [T]) {{
  objective: next_token
  return embed(ids, d) |> {0}({1}) |> unembed
}}
"""


@pytest.mark.parametrize(
    ("block", "arguments", "code"),
    [("cms", "fast=16, slow=40", "E0205"), ("attention", "heads=5", "E0302"), ("cms", "lr=-1", "E0407")],
)
def test_what_is_wrong_in_std_is_shown_where_it_is_called(block: str, arguments: str, code: str):
    (found,) = wrong(STD.format(block, arguments))
    assert found.code == code
    assert found.label.span.text == f"{block}({arguments})"
    assert found.also[0].span.source.name == f"std/{block}.nl"
    assert found.fix is None


def test_a_level_of_std_without_a_model_is_shown_at_its_call():
    text = 'nl 1\nuse "std/cms.nl" (cms)\ndim d = 64\nblock f(x: [T d]) { return x + cms(norm(x)) }\n'
    (found,) = wrong(text)
    assert (found.code, found.label.span.text) == ("E0420", "cms(norm(x))")


SLOW = """nl 1
dim d = 64
block f(x: [T d]) {
  memory m(x) {
    structure: matrix
    objective: l2
    optimizer: sgd(lr=0.1)
    update: every 16 tokens
  }
  return x + m(ARGUMENT)
}
"""
SLOW_YAML = """nl: 1
dim: {d: 64}
block:
  f:
    in: {x: T d}
    memory:
      m:
        in: {x: }
        structure: matrix
        objective: l2
        optimizer: sgd(lr=0.1)
        update: every 16 tokens
    body:
      - return x + m(ARGUMENT)
"""


@pytest.mark.parametrize("text", [SLOW, SLOW_YAML], ids=["nl", "yaml"])
@pytest.mark.parametrize(
    ("argument", "lines"),
    [
        ("x", ["m.write(x)", "return x + m.read(x)"]),
        ("norm(x)", ["m_input = norm(x)", "m.write(m_input)", "return x + m.read(m_input)"]),
    ],
)
def test_a_slow_memory_is_written_on_a_line_of_its_own(text: str, argument: str, lines: list[str]):
    name = "a.nl" if text is SLOW else "a.yaml"
    (found,) = wrong(text.replace("ARGUMENT", argument), name)
    assert found.code == "E0203" and found.fix
    mended, _ = fixed(found.fix.span.source, [found.fix])
    assert wrong(mended, name) == []
    written = [line.strip().removeprefix("- ") for line in mended.splitlines()]
    assert [line for line in written if "m_input" in line or "m." in line] == lines


@pytest.mark.parametrize(
    ("given", "mended"),
    [
        ("adam(lr=1e-3, weight_decay=0.1)", "adamw(lr=1e-3, decay=0.1)"),
        ("adam", "adamw"),
        ("adam(lr=1e-3, amsgrad=1)", None),
        ("adamw(lr=1e-3, weight_decay=0.1)", "adamw(lr=1e-3, decay=0.1)"),
        ("muon(lr=1e-3)", None),
    ],
)
def test_one_change_is_enough_for_what_has_another_name_elsewhere(given: str, mended: str | None):
    text = STD.format("cms", "").replace("next_token", f"next_token\n  optimizer: {given}")
    (found,) = wrong(text)
    assert bool(found.fix) == bool(mended)
    if found.fix:
        after, _ = fixed(found.fix.span.source, [found.fix])
        assert f"optimizer: {mended}\n" in after and wrong(after) == []


@pytest.mark.parametrize(
    ("structure", "objective", "optimizer"),
    [
        ("cache", "l2", "sgd(lr=0.1)"),
        ("cache", "task", "sgd(lr=0.1)"),
        ("cache", "softmax", "sgd(lr=0.1)"),
        ("matrix", "softmax", "closed_form"),
        ("matrix", "l2", "closed_form"),
        ("matrix", "l2", "adamw(lr=0.1)"),
        ("matrix", "dot", "outer"),
        ("matrix", "next_token", "sgd(lr=0.1)"),
        ("mlp", "task", "adamw(lr=0.1)"),
        ("mlp", "task", "dgd(lr=0.1)"),
        ("matrix(heads=4)", "task", "sgd(lr=0.1)"),
    ],
)
def test_what_an_objective_or_an_optimizer_cannot_drive(structure: str, objective: str, optimizer: str):
    text = SLOW.replace("ARGUMENT", "x").replace("m(x)\n", "m.read(x)\n  m.write(x)\n")
    if objective == "task":
        text = text.replace("  m.write(x)\n", "")
    text = text.replace("matrix", structure).replace("l2", objective).replace("sgd(lr=0.1)", optimizer)
    assert "E0415" in {found.code for found in wrong(text)}


@pytest.mark.parametrize(
    ("structure", "init"),
    [
        ("cache(sinks=2)", "zeros"),
        ("cache(window=4, sinks=2)", "zeros every 8 tokens"),
        ("cache(slots=2)", "zeros"),
        ("cache", "learned"),
    ],
)
def test_what_a_cache_cannot_keep(structure: str, init: str):
    text = SLOW.replace("ARGUMENT", "x").replace("matrix", structure).replace("l2", "softmax")
    text = text.replace("sgd(lr=0.1)", f"closed_form\n    init: {init}").replace("16 tokens", "token")
    (found,) = wrong(text)
    assert found.code == "E0415" and ("sinks" in found.message or "slots" in found.message)
