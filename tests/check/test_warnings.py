"""Warnings: what cannot be meant, and nothing where it can."""

import pytest

from nlc.check import check
from nlc.read import read_text

HEAD = "nl 1\ndim d = 64, vocab = 256\n"
MEMORY = """
block layer(x: [T d]) {{
  memory m(x) {{
    structure: {structure}
    keys:      linear(x) |> l2norm
    objective: {objective}
    optimizer: {optimizer}
    {retention}
    init:      learned
    update:    every {update} tokens
    anchor:    every {anchor} tokens
  }}
  m.write(x)
  return x + m.read(x)
}}
"""


def warned(text: str, length: int = 0) -> list[str]:
    return [found.code for found in check(read_text(text), length=length).report.diagnostics]


def memory(structure="matrix", objective="l2", optimizer="sgd(lr=0.1)", retention="", update=16, anchor=64):
    fields = locals()
    return HEAD + MEMORY.format(**fields)


@pytest.mark.parametrize(
    ("fields", "codes"),
    [
        ({}, []),
        ({"anchor": 16}, ["W0201"]),
        ({"anchor": 24}, ["W0202"]),
        ({"objective": "dot"}, ["W0201"]),
        ({"objective": "minimize(2.0 * (v - p) * x)"}, ["W0201"]),
        ({"objective": "minimize(exp(v) / 3 - p * sigmoid(v))"}, ["W0201"]),
        ({"objective": "minimize(p * p)"}, []),
        ({"objective": "minimize(exp(p))"}, []),
        ({"objective": "minimize(v / p)"}, []),
        ({"objective": "huber"}, []),
        ({"objective": "dot", "retention": "retention: keep(0.9, to=anchor)"}, []),
        ({"objective": "dot", "structure": "mlp(depth=2)"}, []),
    ],
)
def test_anchors_that_change_nothing(fields: dict[str, str | int], codes: list[str]):
    assert warned(memory(**fields)) == codes


def test_an_anchor_made_of_a_label_may_be_equal_in_one_member():
    text = memory().replace("memory m(x)", "memory m[c in 16, 64](x)").replace("every 16", "every c")
    text = text.replace("m.read(x)", "chain(m, x)")
    assert warned(text) == []
    assert set(warned(text.replace("every 64", "every c * 1"))) == set()
    assert set(warned(text.replace("every c", "every 64").replace("[c in", "[r in"))) == {"W0201"}


@pytest.mark.parametrize(("length", "late"), [(0, []), (15, ["W0203"]), (16, ["W0203"]), (17, [])])
def test_what_lands_at_the_end_of_a_sequence_or_later_is_never_seen(length: int, late: list[str]):
    text = memory(anchor=32)
    assert warned(text, length) == late
    if length:
        assert warned(text.replace("dim d", f"dim T = {length}, d")) == late
        assert warned(text.replace("dim d", "dim T = 4, d"), length) == late  # the caller knows better


USED = """nl 1
use "std/swiglu.nl" (swiglu)
dim vocab = 256, d = 64, wide = 2 * d
param rate = 0.1 in {0.1, 0.2}
block layer(x: [T d], k=2) {
  memory m(x) {
    u = linear(x)
    structure: matrix
    keys: u
    objective: l2
    optimizer: sgd(lr=rate)
    update: every token
  }
  a = norm(x)
  return m(a) + swiglu(x, hidden=wide) * k
}
"""


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("", "", ""),
        ("hidden=wide", "hidden=8", "dim `wide`"),
        ("lr=rate", "lr=0.1", "param `rate`"),
        ("keys: u", "keys: x", "`u`"),
        ("m(a)", "m(x)", "`a`"),
        ("swiglu(x, hidden=wide)", "(linear(x, wide) |> linear(d))", "`swiglu`"),
    ],
)
def test_names_that_nothing_uses(old: str, new: str, name: str):
    found = check(read_text(USED.replace(old, new))).report.diagnostics
    assert [each.message.split(" is ")[0] for each in found] == ([name] if name else [])
    assert all(each.label.span.text == name.split("`")[1] for each in found)
