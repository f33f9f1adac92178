"""A backend's op table: expressions of the language, and ops of a block, as its code."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple

from nlc.data import backend
from nlc.ir.plan import Map
from nlc.spec.expr import Binary, Call, Expr, Name, Negative, Number

OPERATORS = {"+": "add", "-": "sub", "*": "mul", "/": "div"}
CLOSED = 4


class Code(NamedTuple):
    """Text, and how tightly its outermost operator binds (1 sums … 4 closed)."""

    text: str
    level: int = CLOSED

    def within(self, level: int) -> str:
        """The text, in parentheses where its surroundings bind more tightly."""
        return self.text if self.level >= level else f"({self.text})"


class Table:
    """`backends/NAME/backend.toml`."""

    def __init__(self, name: str) -> None:
        data = tomllib.loads(backend(f"{name}/backend.toml"))
        self.ops: Mapping[str, Mapping[str, Any]] = data["op"]
        self.numbers: Mapping[str, str] = data.get("number", {})
        self.maps: Mapping[str, Mapping[str, str]] = data["map"]
        self.modules: Mapping[str, str] = data["module"]

    def apply(self, op: str, args: list[Code], **names: object) -> Code:
        """An op applied to code; numbers among the names are written as literals."""
        row = self.ops[op]
        least = row.get("operand", 1)
        operands = [arg.within(least) for arg in args]
        if len(args) > 1 and "right" in row:
            operands[1] = args[1].within(row["right"])
        literals = {name: literal(value) for name, value in names.items()}
        return Code(str(row["code"]).format(*operands, **literals), row.get("level", CLOSED))

    def mapped(self, used: Map | None, operand: str) -> str:
        """A map of a whole state applied to its code; without one the code as it is."""
        if used is None:
            return operand
        literals = {name: literal(value) for name, value in used.arguments.items()}
        return self.maps[used.name]["code"].format(operand, **literals)

    def expression(self, expr: Expr, names: Mapping[str, str]) -> Code:
        """An expression of the language; names not in `names` stand as they are."""
        match expr:
            case Number(value=value):
                return Code(literal(value), CLOSED if value >= 0 else 3)
            case Name(text=text):
                return _renamed(names.get(text, text))
            case Negative(value=value):
                return self.apply("neg", [self.expression(value, names)])
            case Binary(operator=operator, left=left, right=right):
                sides = [self.expression(side, names) for side in (left, right)]
                return self.apply(OPERATORS[operator], sides)
            case Call(function=Name(text="clamp"), args=(x, low, high)):
                bounds = {"low": _bound(low), "high": _bound(high)}
                return self.apply("clamp", [self.expression(x, names)], **bounds)
            case Call(function=Name(text="sum"), args=(x,)):
                return self.apply("total", [self.expression(x, names)])
            case Call(function=Name(text=text), args=args):
                return self.apply(text, [self.expression(arg, names) for arg in args])
            case _:
                raise ValueError(f"not an expression of an objective: {expr}")


def _renamed(text: str) -> Code:
    """A replacement may be more than a name: a number, a call with one name, or another expression."""
    closed = re.fullmatch(r"\w+|\d+\.\d+|\w+\(\w+\)", text)
    return Code(text, CLOSED if closed else 1)


def _bound(expr: Expr) -> float:
    match expr:
        case Number(value=value):
            return value
        case Negative(value=Number(value=value)):
            return -value
        case _:
            raise ValueError("bounds are numbers")


def literal(value: object) -> str:
    """As Python's people write it: 1e-6, not 1e-06. Names went through the identifier check."""
    return value if isinstance(value, str) else repr(value).replace("e-0", "e-")


def printer(table: Table) -> Callable[..., str]:
    """`code(expr, p="prediction")` for templates."""

    def code(expr: Expr, **names: str) -> str:
        return table.expression(expr, names).text

    return code


@cache
def table(name: str) -> Table:
    """The table of that backend, read once."""
    return Table(name)
