"""Lines that are too long are broken in one style."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from nlc.read import parse
from nlc.source import Source
from nlc.spec.expr import Binary, Call, Expr, Get, Name, Negative, Number, Pick, Pipe
from nlc.spec.file import File, Form, Let, Param
from nlc.write.nl import format_nl, print_nl
from nlc.write.pieces import WIDTH


def fmt(text: str) -> str:
    source = Source("a.nl", text)
    return format_nl(source, parse(source))


# ruff: noqa: E501

LONG = """nl 1
dim vocabulary = 256, dimension = 128, number_of_layers = 2, number_of_heads = 4, hidden_size = 1024, T = 2048
use "std/attention.nl" (attention, window_attention, another_attention, and_another_one, and_the_last_one_of_all)
param first = 0.02 in {0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.09, 0.10, 0.11, 0.12, 0.13, 0.14}
param x = 1
block a_rather_long_name(first_input: [T d], second_input: [T d], third_input: [T d], fourth=0.25, fifth=4) {
  memory m(x) {
    keys: linear(x, number_of_heads * hidden_size) |> conv(4) |> silu |> l2norm |> linear |> silu |> l2norm
    # why
    optimizer: momentum(lr=0.02 * sigmoid(linear(x, heads, bias=4.0)), beta=linear(x, heads) |> sigmoid) # how
    update: every token
  }
  a = first_input + linear((m.read(second_input) |> rmsnorm) * (linear(third_input) |> silu)) - third_input / 2
  short = x
  return outer(inner(first_input, second_input, third_input, another_argument=fourth * (fifth + fourth)), a, b)
}
"""


def test_the_style(golden):
    text = fmt(LONG)
    assert all(len(line.partition("  #")[0]) <= WIDTH for line in text.splitlines())
    assert fmt(text) == text
    assert parse(Source("b.nl", text)) == parse(Source("a.nl", LONG))
    golden(text)


def test_what_fits_stays():
    text = f"nl 1\n\nblock f(x) {{\n  {'a' * 40} = norm({'x' * (WIDTH - 51)})\n  return x\n}}\n"
    assert max(map(len, text.splitlines())) == WIDTH
    assert fmt(text) == text
    assert max(map(len, fmt(text.replace("norm", "norms")).splitlines())) < WIDTH


NAMES = ("x", "an_input", "a_much_longer_name_of_a_stream")


def expression(dice: random.Random, depth: int) -> Expr:
    """Any expression that can be written."""

    def inner() -> Expr:
        return expression(dice, depth - 1)

    name = Name(dice.choice(NAMES))
    args = tuple(inner() for _ in range(dice.randrange(4))) if depth else ()
    match dice.randrange(7) if depth else dice.randrange(2):
        case 0:
            return name
        case 1:
            return Number(dice.choice([3, 0.25, 1e-6, 4096]))
        case 2:
            return Binary(dice.choice("+-*/"), inner(), inner())
        case 3:
            return Pipe(inner(), dice.choice([name, Call(name, args)]))
        case 4:
            return Negative(inner())
        case 5:
            return Call(dice.choice([name, Get(name, "read"), Pick(name, name)]), args)
        case _:
            return Call(name, args, (("lr", inner()), ("bias", inner())))


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 5))
def test_any_expression(seed: int, depth: int):
    expr = expression(random.Random(seed), depth)
    lines = (Let("y", expr), Let("a_longer_name", expr))
    file = File(1, (Param("p", expr), Form("block", "f", entries=lines)))
    plain = print_nl(file)
    text = fmt(plain)
    assert parse(Source("b.nl", text)) == parse(Source("a.nl", plain))
    assert fmt(text) == text
    if max(map(len, plain.splitlines())) <= WIDTH:
        assert text == plain
