"""Residuals are derived from the loss as written, and families are chosen by what they show."""

import math

import pytest

from nlc.check import check
from nlc.lower import lower
from nlc.lower.differentiate import NoDerivative, parse, residual
from nlc.read import read_text
from nlc.spec.expr import Binary, Call, Name, Negative, Number

MATH = {
    "tanh": math.tanh, "cosh": math.cosh, "log": math.log, "exp": math.exp, "sqrt": math.sqrt, "abs": abs,
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)), "sign": lambda x: math.copysign(1.0, x),
    "silu": lambda x: x / (1 + math.exp(-x)), "log_cosh": lambda x: math.log(math.cosh(x)),
    "clamp": lambda x, low, high: min(max(x, low), high), "step": lambda x: float(x > 0),
}  # fmt: skip


def value(expr, names):
    match expr:
        case Number(value=number):
            return number
        case Name(text=text):
            return names[text]
        case Negative(value=inner):
            return -value(inner, names)
        case Binary(operator=operator, left=left, right=right):
            a, b = value(left, names), value(right, names)
            return {"+": a + b, "-": a - b, "*": a * b}[operator] if operator != "/" else a / b
        case Call(function=Name(text=text), args=args):
            return MATH[text](*(value(arg, names) for arg in args))
    raise AssertionError(expr)


LOSSES = {
    "0.5 * (p - v) * (p - v)": 1.0,
    "-(p * v)": 0.0,
    "2 * (p - v) * (p - v) + 0.5 * p * p": 5.0,
    "log(cosh(p - v))": None,
    "log_cosh(p - v)": None,
    "sqrt((p - v) * (p - v) + 0.01)": None,
    "silu(p - v) * w": None,
    "w * (p - v) * (p - v)": None,
    "exp(-p * v)": None,
    "clamp(p - v, -0.3, 0.3) * (p - v - 0.5 * clamp(p - v, -0.3, 0.3))": None,
}


@pytest.mark.parametrize("text", LOSSES)
def test_the_residual_is_the_derivative(text):
    loss = parse(text)
    derived, slope = residual(loss)
    assert slope == LOSSES[text]
    for p, v, w in ((0.7, -0.2, 1.5), (-1.1, 0.4, 0.3), (0.1, 0.15, -2.0)):
        names, step = {"p": p, "v": v, "w": w}, 1e-6
        up, down = (value(loss, names | {"p": p + s}) for s in (step, -step))
        assert value(derived, names) == pytest.approx((up - down) / (2 * step), rel=1e-5, abs=1e-7)


def test_what_cannot_be_differentiated_is_named():
    with pytest.raises(NoDerivative, match="softmax"):
        residual(parse("softmax(p - v)"))


SPEC = """nl 1
dim d = 8
block b(x: [T d]) {{
  memory m(x) {{
    structure: {structure}
    objective: {objective}
    optimizer: {optimizer}
    update:    every token
    anchor:    every {anchor} tokens
    init:      learned
  }}
  return m(x)
}}
"""


@pytest.mark.parametrize(
    ("structure", "objective", "optimizer", "anchor", "family", "slow"),
    [
        ("matrix", "l2", "sgd(lr=0.1)", 1, "scan", False),
        ("matrix", "minimize((p - v) * (p - v))", "sgd(lr=0.1)", 1, "scan", False),
        ("matrix", "minimize(-p * v)", "sgd(lr=0.1)", 16, "scan", False),
        ("matrix", "l2", "momentum(lr=0.1)", 1, "scan", False),
        ("matrix", "l2", "sgd(lr=0.1)", 16, "dual", False),
        ("matrix", "huber", "sgd(lr=0.1)", 1, "dual", True),
        ("matrix", "huber", "sgd(lr=0.1)", 16, "dual", False),
        ("mlp(depth=2)", "l2", "sgd(lr=0.1)", 1, "dual", True),
        ("mlp(depth=2)", "l2", "dgd(lr=0.1)", 16, "dual", False),
    ],
)
def test_families_follow_traits(structure, objective, optimizer, anchor, family, slow):
    spec = SPEC.format(structure=structure, objective=objective, optimizer=optimizer, anchor=anchor)
    memory = lower(check(read_text(spec))).blocks[-1].memories[0]
    assert memory.family == family
    assert bool(memory.slow) == slow
