"""Streams that are used as if they were memories, lists or functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlc.check.context import Context
from nlc.check.problem import Stopped, problem
from nlc.parts.registry import find, names
from nlc.spec.expr import Expr, Get, Name, Pick
from nlc.suggest import nearest

if TYPE_CHECKING:
    from nlc.check.block import Builder

PAST = "earlier tokens are reached through a memory, by `shift(x)` or by `conv(x, width)`"


def misused(b: Builder, expr: Expr, context: Context) -> Stopped | None:
    """E0411 for `x[0]`, `x.read`, `x(2)` where `x` is a stream; None where it is none."""
    base = expr
    while isinstance(base, Get | Pick):
        base = base.base
    if not isinstance(base, Name) or not context.streams(base.text):
        return None
    name = base.text
    match expr:
        case Pick():
            label, notes = "one token at a time is seen: there is nothing to pick from", [PAST]
        case Get(name="read" | "write" as verb):
            label, notes = f"only memories have `.{verb}`", []
        case Get(name=op) if find("op", op) is not None:
            label, notes = f"ops are called with their streams: write `{op}({name})`", []
        case Get(name=op) if (meant := nearest(op, names("op"))) is not None:
            label, notes = f"ops are called with their streams, as `{meant}({name})`", []
        case Get():
            label, notes = "it is a vector at each token, without parts that have names", []
        case _:
            label, notes = "only ops, blocks and memories are called", [f"a product is `{name} * …`"]
    return problem(b.report, "E0411", f"`{name}` is a stream", expr.span, label, notes=notes)
