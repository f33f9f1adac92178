"""Expressions: one small tree for every right-hand side, argument and field.

Spans are beside the meaning: they take no part in equality or hashing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from nlc.source import NOWHERE, Span


@dataclass(frozen=True, kw_only=True)
class Node:
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True)
class Number(Node):
    value: int | float


@dataclass(frozen=True)
class Name(Node):
    text: str


@dataclass(frozen=True)
class Get(Node):
    """`base.name`: a member of a family, or a verb of a memory (`m.key.read`)."""

    base: Expr
    name: str


@dataclass(frozen=True)
class Pick(Node):
    """`base[index]`: the member of a family that a name of the family's own stands for."""

    base: Expr
    index: Expr


@dataclass(frozen=True)
class Call(Node):
    """`function(a, b, name=c)`; `function` is a Name, Get or Pick."""

    function: Expr
    args: tuple[Expr, ...] = ()
    named: tuple[tuple[str, Expr], ...] = ()


@dataclass(frozen=True)
class Pipe(Node):
    """`value |> stage`: stage (a name or a waiting call) applied to value."""

    value: Expr
    stage: Expr


@dataclass(frozen=True)
class Binary(Node):
    operator: Literal["+", "-", "*", "/"]
    left: Expr
    right: Expr


@dataclass(frozen=True)
class Negative(Node):
    value: Expr


Expr = Number | Name | Get | Pick | Call | Pipe | Binary | Negative


def children(expr: Expr) -> Iterator[Expr]:
    """The expressions directly inside this one, in the order of the text."""
    match expr:
        case Get(base=base):
            yield base
        case Pick(base=base, index=index):
            yield from (base, index)
        case Call(function=function, args=args, named=named):
            yield function
            yield from args
            yield from (value for _, value in named)
        case Pipe(value=value, stage=stage):
            yield from (value, stage)
        case Binary(left=left, right=right):
            yield from (left, right)
        case Negative(value=value):
            yield value
        case _:
            pass


def renamed(expr: Expr, names: Mapping[str, str]) -> Expr:
    """The expression with other names in place of these; what is called keeps its name."""
    return replaced(expr, {old: Name(new) for old, new in names.items()})


def replaced(expr: Expr, values: Mapping[str, Expr], span: Span | None = None) -> Expr:
    """The expression with expressions in place of these names; what is called keeps its name.

    `span` is where the rest of it is said to stand, if not where it stood.
    """
    if isinstance(expr, Name) and expr.text in values:
        return values[expr.text]
    return rebuilt(expr, lambda inner: replaced(inner, values, span), span)


def rebuilt(expr: Expr, change: Callable[[Expr], Expr], span: Span | None = None) -> Expr:
    """The expression with `change` done to each one directly inside it, but for what is called."""
    place = span or expr.span
    match expr:
        case Call(function=function, args=args, named=named):
            kept = tuple((name, change(value)) for name, value in named)
            called = replace(function, span=span or function.span)
            return Call(called, tuple(map(change, args)), kept, span=place)
        case Pipe(value=value, stage=Name() as stage):
            return Pipe(change(value), replace(stage, span=span or stage.span), span=place)
        case Pipe(value=value, stage=stage):
            return Pipe(change(value), change(stage), span=place)
        case Binary(left=left, right=right):
            return replace(expr, left=change(left), right=change(right), span=place)
        case Negative(value=value):
            return replace(expr, value=change(value), span=place)
        case _:
            return replace(expr, span=place)


def walk(expr: Expr) -> Iterator[Expr]:
    """This expression and all below it."""
    yield expr
    for child in children(expr):
        yield from walk(child)
