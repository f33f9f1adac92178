"""A tiny interpreter of expressions in one number, for tests: what each op computes, by hand."""

import math
from collections.abc import Callable, Mapping

from nlc.read import read_text
from nlc.spec.expr import Binary, Call, Expr, Name, Negative, Number

FUNCTIONS: Mapping[str, Callable[..., float]] = {
    "abs": abs,
    "clamp": lambda x, low, high: min(max(x, low), high),
    "cosh": math.cosh,
    "erf": math.erf,
    "exp": math.exp,
    "gelu": lambda x: 0.5 * x * (1 + math.erf(x / math.sqrt(2))),
    "gelu_tanh": lambda x: 0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    "log": math.log,
    "log_cosh": lambda x: math.log(math.cosh(x)),
    "relu": lambda x: max(x, 0.0),
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "sign": lambda x: math.copysign(1.0, x) if x else 0.0,
    "elu": lambda x: x if x > 0 else math.exp(x) - 1,
    "silu": lambda x: x / (1 + math.exp(-x)),
    "sinh": math.sinh,
    "softplus": lambda x: math.log1p(math.exp(x)),
    "sqrt": math.sqrt,
    "step": lambda x: 1.0 if x > 0 else 0.0,
    "tanh": math.tanh,
}


def parse(text: str) -> Expr:
    return read_text(f"nl 1\nparam it = {text}\n").main.params()[0].value


def value(expr: Expr, names: Mapping[str, float]) -> float:
    match expr:
        case Number(value=number):
            return float(number)
        case Name(text=text):
            return names[text]
        case Negative(value=inner):
            return -value(inner, names)
        case Binary(operator=operator, left=left, right=right):
            a, b = value(left, names), value(right, names)
            return {"+": a + b, "-": a - b, "*": a * b, "/": a / b if b else math.nan}[operator]
        case Call(function=Name(text=text), args=args, named=()):
            return FUNCTIONS[text](*(value(arg, names) for arg in args))
        case _:
            raise AssertionError(f"no arithmetic: {expr}")
