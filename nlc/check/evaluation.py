"""What an expression of constants stands for: a number, a part, a block or an option word."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import exp, isfinite, log, sqrt

from nlc.spec.expr import Binary, Call, Expr, Name, Negative, Number, Pipe, walk

FUNCTIONS: Mapping[str, Callable[[float], float]] = {"exp": exp, "log": log, "sqrt": sqrt}
"""Ops that numbers may be given to as well: sizes make scales such as `1 / sqrt(key)`."""

Constant = int | float | Expr
"""A number, or an expression that stands for a part, a block or an option word."""


@dataclass(frozen=True, eq=False, repr=False)
class Chosen(Name):
    """The word that a param stands for, with all that it may stand for; in all else it is that name."""

    domain: tuple[Expr, ...] = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Name) and self.text == other.text

    __hash__ = Name.__hash__

    def __repr__(self) -> str:
        return repr(Name(self.text))


def evaluate(expr: Expr, values: Mapping[str, Constant]) -> int | float | None:
    """The number that an expression of constants stands for; None if it is not one."""
    match expr:
        case Number(value=value):
            return value
        case Name():
            found = follow(expr, values)
            return found if isinstance(found, int | float) else None
        case Negative(value=inner):
            number = evaluate(inner, values)
            return None if number is None else -number
        case Binary():
            left, right = evaluate(expr.left, values), evaluate(expr.right, values)
            return None if left is None or right is None else calculate(expr.operator, left, right)
        case Call(function=Name(text=name), args=(inner,), named=()) if name in FUNCTIONS:
            number = evaluate(inner, values)
            return None if number is None else applied(name, number)
        case _:
            return None


def applied(function: str, number: float) -> float | None:
    """A function of one number; None where it has no result."""
    try:
        return FUNCTIONS[function](number)
    except (ArithmeticError, ValueError):
        return None


def broken(expr: Expr, values: Mapping[str, Constant]) -> tuple[Expr, str] | None:
    """The arithmetic of constants in it that has no result, and why."""
    for node in walk(expr):
        if isinstance(node, Binary) and evaluate(node, values) is None:
            left, right = evaluate(node.left, values), evaluate(node.right, values)
            if left is not None and right is not None:
                return node, "this divides by zero" if right == 0 else "the result is too large"
    return None


def said(expr: Expr | None, values: Mapping[str, Constant]) -> str:
    """What an expression of constants stands for, as a message says it."""
    number = evaluate(expr, values) if expr else None
    if number is not None:
        return f"this is {number}"
    wrong = broken(expr, values) if expr else None
    return wrong[1] if wrong else "not a number known here"


def calculate(operator: str, left: float, right: float) -> int | float | None:
    """Arithmetic of two numbers; None where it divides by zero or grows out of every measure."""
    if operator == "/":
        if right == 0:
            return None
        whole = isinstance(left, int) and isinstance(right, int) and left % right == 0
        result = left // right if whole else left / right
    else:
        result = {"+": left + right, "-": left - right, "*": left * right}[operator]
    if isinstance(result, int):
        return result if abs(result) < 2**63 else None
    return result if isfinite(result) else None


def resolve(expr: Expr, values: Mapping[str, Constant]) -> Expr:
    """Put in what a param stands for, when it stands for a part, a block or a word."""
    if isinstance(expr, Name):
        found = follow(expr, values, words=True)
        expr = expr if isinstance(found, int | float) else found
    if isinstance(expr, Call) and isinstance(expr.function, Name):
        function = resolve(expr.function, values)
        if isinstance(function, Call):  # what waits has arguments of its own, which come first
            args, named = (*function.args, *expr.args), (*function.named, *expr.named)
            return Call(function.function, args, named, span=expr.span)
        if function is not expr.function:
            return Call(function, expr.args, expr.named, span=expr.span)
    return expr


def follow(name: Name, values: Mapping[str, Constant], words: bool = False) -> Constant:
    """What a name stands for, through the names that it stands for; itself if for nothing.

    A word that is also a size (`param erase = layers` beside `dim layers`) stays a word for those
    who look for `words`.
    """
    seen: set[str] = set()
    found: Constant = name
    while isinstance(found, Name) and found.text in values and found.text not in seen:
        seen.add(found.text)
        step = values[found.text]
        if isinstance(step, int | float) and words:
            return found
        found = step
    return found


def substitute(expr: Expr, values: Mapping[str, Constant]) -> Expr:
    """The expression with numbers in place of the names that stand for them."""
    number = evaluate(expr, values)
    if number is not None:
        return expr if isinstance(expr, Number) else Number(number, span=expr.span)

    def again(inner: Expr) -> Expr:
        return substitute(inner, values)

    match expr:
        case Call(args=args, named=named):
            kept = tuple((name, again(value)) for name, value in named)
            return replace(expr, args=tuple(map(again, args)), named=kept)
        case Binary(left=left, right=right):
            return replace(expr, left=again(left), right=again(right))
        case Negative(value=value):
            return replace(expr, value=again(value))
        case Pipe(value=value, stage=stage):
            return replace(expr, value=again(value), stage=again(stage))
        case _:
            return expr
