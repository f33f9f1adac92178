"""Which memory `m`, `m.key` or `m[r]` names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlc.check.context import Context
from nlc.check.draft import Draft
from nlc.check.evaluation import evaluate
from nlc.check.problem import problem, unknown
from nlc.check.streams import misused
from nlc.source import Span
from nlc.spec.expr import Expr, Get, Name, Pick

if TYPE_CHECKING:
    from nlc.check.block import Builder

VERBS = ("read", "write")
SELF = "self"
"""In the fields of a memory: the memory itself, whichever member of a family it is."""


def member(b: Builder, expr: Expr, context: Context) -> Draft:
    """The memory that an expression names."""
    match expr:
        case Name(text=text) if text == SELF and context.memory and not context.streams(SELF):
            return b.drafts[context.memory]
        case Name(text=text) if text in b.drafts:
            return b.drafts[text]
        case Name(text=text) if text in b.families:
            labels = ", ".join(f"`{text}.{label}`" for label in b.families[text][:8])
            raise problem(b.report, "E0411", f"`{text}` is a family", expr.span, f"name a member: {labels}")
        case Get(base=Name(text=family), name=label) if family in b.families:
            return _of(b, family, label, expr)
        case Pick(base=Name(text=family), index=index) if family in b.families:
            return _of(b, family, _label(index, context), expr)
        case _ if wrong := misused(b, expr, context):
            raise wrong
        case Name(text=text):
            raise unknown(b.report, "E0404", "memory", text, [*b.drafts, *b.families], expr.span)
        case Get(base=base, name=name) if not isinstance(base, Name) or base.text in b.drafts:
            raise unknown(b.report, "E0411", "verb of a memory", name, VERBS, _last(expr, name))
        case Get(base=base) | Pick(base=base) if isinstance(base, Name):
            raise unknown(b.report, "E0404", "memory", base.text, [*b.drafts, *b.families], base.span)
        case _:
            label = "not a memory of this block"
            raise problem(b.report, "E0404", "this names no memory", expr.span, label)


def _of(b: Builder, family: str, label: str, expr: Expr) -> Draft:
    if label in b.families[family] and f"{family}.{label}" in b.drafts:
        return b.drafts[f"{family}.{label}"]
    known = [*b.families[family], *VERBS] if isinstance(expr, Get) else b.families[family]
    place = expr.index.span if isinstance(expr, Pick) else _last(expr, label)
    raise unknown(b.report, "E0404", f"member of `{family}`", label, known, place)


def _last(expr: Expr, name: str) -> Span:
    """The name at the end of `base.name`."""
    return Span(expr.span.source, expr.span.end - len(name), expr.span.end)


def _label(index: Expr, context: Context) -> str:
    if isinstance(index, Name):
        bound = context.constants.get(index.text)
        if isinstance(bound, Name):
            return bound.text
    number = evaluate(index, context.constants)
    return str(number) if number is not None else index.span.text
