"""All members of a family at once, and the lines of a block that do something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlc.check.arguments import name_span
from nlc.check.context import Context, Line
from nlc.check.draft import Draft
from nlc.check.members import member
from nlc.check.problem import problem, unknown
from nlc.check.uses import answer, prepare, write
from nlc.spec.expr import Call, Expr, Get, Name, Pick

if TYPE_CHECKING:
    from nlc.check.block import Builder


def write_all(b: Builder, call: Call, context: Context) -> None:
    """A line that is there for what it does: `m.write(x)`, `m(x)`, or the same of a whole family.

    The fields of all members are evaluated before any of them is written.
    """
    members = _written(b, call, context)
    if not members:
        function = call.function
        if isinstance(function, Name) and function.text not in (*b.scope.blocks, *b.families):
            b.infer(call, context)
        label = "name its result: `y = …`, or write a memory"
        raise problem(b.report, "E0418", "this line changes nothing", call.span, label)
    ready = [prepare(b, draft, call.args, call, context) for draft in members]
    for memory, roles in ready:
        write(b, memory, roles, call.span)


def _written(b: Builder, call: Call, context: Context) -> list[Draft]:
    match call.function:
        case Get(base=Name(text=text), name="write") | Name(text=text) if text in b.families:
            return _members(b, text)
        case Get(base=base, name="write"):
            return [member(b, base, context)]
        case Get(name="read"):
            return []
        case Name(text=text) as name if text in b.drafts:
            return [member(b, name, context)]
        case Get() | Pick():
            return [member(b, call.function, context)]
        case _:
            return []


def _members(b: Builder, family: str) -> list[Draft]:
    names = (f"{family}.{label}" for label in b.families[family])
    return [b.drafts[name] for name in names if name in b.drafts]


def read_all(b: Builder, how: str, args: tuple[Expr, ...], call: Call, context: Context) -> Line:
    """`chain(family, x)`: one member after the other; `combine(family, x, weights=w)`: their sum."""
    named = dict(call.named)
    for name, value in call.named:
        if how == "chain" or name != "weights":
            known = () if how == "chain" else ("weights",)
            raise unknown(b.report, "E0403", f"argument of `{how}`", name, known, name_span(name, value))
    families = [arg for arg in args if isinstance(arg, Name) and arg.text in b.families]
    rest = tuple(arg for arg in args if not (isinstance(arg, Name) and arg.text in b.families))
    if len(families) != 1 or len(rest) != 1:
        message, label = f"`{how}` takes a family and a stream", f"write `{how}(family, x)`"
        raise problem(b.report, "E0403", message, call.span, label)
    members = _members(b, families[0].text)
    (line,) = b.infer_lines(rest, context)
    if how == "chain":
        for draft in members:
            line = answer(b, draft, "read", (line,), call.span)
        return line
    answers = [answer(b, draft, "read", (line,), call.span) for draft in members]
    if "weights" in named:
        answers = _weighted(b, answers, named["weights"], call, context)
    total = answers[0]
    for more in answers[1:]:
        total = b.lines.combine("add", total, more, call.span)
    return total


def _weighted(b: Builder, answers: list[Line], expr: Expr, call: Call, context: Context) -> list[Line]:
    want = (len(answers),)
    (weights,) = b.infer_lines((expr,), context, want)
    weights = b.lines.fit(weights, want, "the weights", expr.span)
    parts = [b.lines.add("component", (weights,), (1,), call.span, {"index": i}) for i in range(len(answers))]
    return [b.lines.combine("mul", part, line, call.span) for part, line in zip(parts, answers, strict=True)]
