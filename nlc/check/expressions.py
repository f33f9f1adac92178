"""From an expression to lines of the block: names looked up, operators applied."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from nlc.check.calls import call
from nlc.check.constants import LENGTH
from nlc.check.context import Context, Failed, Line, Result
from nlc.check.evaluation import calculate, evaluate, resolve
from nlc.check.members import member
from nlc.check.problem import Stopped, problem, unknown
from nlc.check.streams import misused
from nlc.ir.system import Shape
from nlc.parts.part import Op
from nlc.spec.expr import Binary, Call, Expr, Get, Name, Negative, Number, Pick, Pipe

if TYPE_CHECKING:
    from nlc.check.block import Builder

OPERATORS = {"+": "add", "-": "sub", "*": "mul", "/": "div"}


def infer(b: Builder, expr: Expr, context: Context, want: Shape | None = None) -> Result:
    """The line (or the number) that an expression stands for."""
    match expr:
        case Number(value=value):
            return value
        case Name():
            return _name(b, expr, context)
        case Negative(value=value):
            inner = infer(b, value, context, want)
            if not isinstance(inner, Line):
                return -inner
            return b.lines.apply(_NEGATIVE, (inner,), want, expr.span, context)
        case Binary():
            return _binary(b, expr, context, want)
        case Pipe(value=value, stage=stage):
            waiting = stage if isinstance(stage, Call) else Call(stage, span=stage.span)
            return call(b, waiting, context, want, piped=value)
        case Call():
            number = evaluate(expr, context.constants)
            return call(b, expr, context, want) if number is None else number
        case Get(name="state"):
            message, label = "reading a state itself is not built yet", "ask it: `.read(x)`"
            raise problem(b.report, "E0419", message, expr.span, label)
        case Get() | Pick():
            raise _no_verb(b, expr, context)


def _no_verb(b: Builder, expr: Get | Pick, context: Context) -> Stopped:
    """A memory that stands where a value should, or a stream taken for a memory."""
    if wrong := misused(b, expr, context):
        return wrong
    draft = member(b, expr, context)
    label = f"write `{expr.span.text}.read(x)`"
    return problem(b.report, "E0411", f"`{draft.name}` is used by a verb", expr.span, label)


def infer_all(
    b: Builder, exprs: Iterable[Expr], context: Context, want: Shape | None = None
) -> tuple[Result, ...]:
    """All of them, even where one is wrong, so that each mistake is said."""
    out: list[Result] = []
    stopped: Stopped | None = None
    for expr in exprs:
        try:
            out.append(infer(b, expr, context, want))
        except Stopped as wrong:
            stopped = wrong
    if stopped:
        raise stopped
    return tuple(out)


def infer_lines(
    b: Builder, exprs: tuple[Expr, ...], context: Context, want: Shape | None = None
) -> tuple[Line, ...]:
    """The same as lines of the block."""
    found = infer_all(b, exprs, context, want)
    return tuple(b.lines.number(each, expr.span) for each, expr in zip(found, exprs, strict=True))


def _name(b: Builder, expr: Name, context: Context) -> Result:
    found = lookup(b, expr.text, context)
    if found is not None:
        return found
    if expr.text == LENGTH:
        label = "a sequence can be cut anywhere, so its length means nothing at a token"
        raise problem(b.report, "E0412", f"`{LENGTH}` has no value in a body", expr.span, label)
    resolved = resolve(expr, context.constants)
    if not isinstance(resolved, Name):
        message = f"`{expr.text}` stands for a part, not for a stream"
        raise problem(b.report, "E0411", message, expr.span, "used as a stream")
    if resolved.text in b.drafts or resolved.text in b.families:
        label = f"write `{expr.text}.read(x)`"
        raise problem(b.report, "E0411", f"`{expr.text}` is used by a verb", expr.span, label)
    constant = context.constants.get(resolved.text)
    if isinstance(constant, int | float):
        return constant
    known = [*context.known(), *b.drafts, *b.families]
    raise unknown(b.report, "E0404", "name", expr.text, known, expr.span)


def lookup(b: Builder, name: str, context: Context) -> Result | None:
    """A stream by its name: the nearest context first; a memory's own lines are made when asked for."""
    here: Context | None = context
    while here is not None:
        if name in here.names:
            found = here.names[name]
            if isinstance(found, Failed):
                raise Stopped(name)
            return found
        if name in here.lets:
            return _own_line(b, name, here)
        here = here.outer
    return None


def _own_line(b: Builder, name: str, here: Context) -> Result:
    """A memory's own line, shared by its fields at one use."""
    owner = f"{here.owner.rpartition('.')[0]}.{name}"
    inner = Context(owner, here.names, here.lets, here.constants, here.outer, here.memory, here.heads)
    with b.entered(f"{here.memory}.{name} = …", here.lets[name].span):
        found = infer(b, here.lets[name], inner)
    here.names[name] = found
    return found


def _binary(b: Builder, expr: Binary, context: Context, want: Shape | None) -> Result:
    left, right = infer_all(b, (expr.left, expr.right), context, want)
    if not isinstance(left, Line) and not isinstance(right, Line):
        number = calculate(expr.operator, left, right)
        if number is None:
            label = "this divides by zero" if right == 0 else "too large"
            raise problem(b.report, "E0407", "these numbers have no result", expr.span, label)
        return number
    left, right = b.lines.number(left, expr.span), b.lines.number(right, expr.span)
    return b.lines.combine(OPERATORS[expr.operator], left, right, expr.span, context.heads)


class _Negate(Op):
    """−x."""

    name = "neg"

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return inputs[0]


_NEGATIVE = _Negate()
