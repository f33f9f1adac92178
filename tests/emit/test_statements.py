"""Long expressions become statements: names told before they are used, nothing twice, no line too long."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nlc.emit.statements import stater
from nlc.emit.table import table
from nlc.emit.wrap import LIMIT
from nlc.parts.meaning import parse

STATEMENTS = stater(table("torch"))
ATOMS = st.sampled_from(["p", "v", "delta", "(2.0 * p)"])
EXPRESSIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda x: f"({x[0]} {x[1]} {x[2]})"),
        inner.map(lambda x: f"tanh({x})"),
        inner.map(lambda x: f"step({x})"),
        inner.map(lambda x: f"sum({x} * {x})"),
    ),
    max_leaves=60,
)


def lines(text: str, indent: int = 8, form: str = "loss = {}", **names: str) -> list[str]:
    return [line.strip() for line in STATEMENTS(form, parse(text), indent, **names).splitlines()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("p - v", ["loss = p - v"]),
        ("(p - v) * (p - v)", ["loss = (p - v) * (p - v)"]),
        ("tanh(p - v) * tanh(p - v)", ["part1 = (p - v).tanh()", "loss = part1 * part1"]),
        (
            "exp(tanh(p - v)) + tanh(p - v) - exp(tanh(p - v))",
            ["part1 = (p - v).tanh()", "part2 = part1.exp()", "loss = part2 + part1 - part2"],
        ),
    ],
)
def test_what_is_there_twice_has_a_name(text: str, expected: list[str]):
    assert lines(text) == expected


def test_the_form_is_the_last_lines_own():
    assert (
        lines("exp(p - v) / exp(p - v)", form="return go({}, x)", v="values")[-1]
        == "return go(part1 / part1, x)"
    )


@settings(max_examples=150, deadline=None)
@given(EXPRESSIONS)
def test_the_same_number_in_lines_that_have_room(text: str):
    values = {
        name: torch.tensor([x], dtype=torch.float64) for name, x in (("p", 0.3), ("v", 0.8), ("delta", -0.2))
    }
    expr = parse(text)
    told = lines(text)
    assert all(8 + len(line) <= LIMIT for line in told)
    space = dict(values)
    for line in told:
        exec(line, {}, space)
    whole = eval(table("torch").expression(expr, {}).text, {}, dict(values))
    torch.testing.assert_close(torch.as_tensor(space["loss"]), torch.as_tensor(whole), rtol=1e-12, atol=1e-12)
