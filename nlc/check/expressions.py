"""From an expression to lines of the block: names looked up, ops applied, shapes inferred."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from nlc.check.arguments import build, resolve
from nlc.check.lines import Context, Line, Result, show
from nlc.check.problem import problem, unknown
from nlc.check.verbs import member, read_all, verb
from nlc.ir.system import Shape
from nlc.parts.part import Op
from nlc.parts.registry import find, names
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
            return (
                b.lines.apply(_NEGATIVE, (inner,), want, expr.span, context)
                if isinstance(inner, Line)
                else -inner
            )
        case Binary():
            return _binary(b, expr, context, want)
        case Pipe(value=value, stage=stage):
            call = stage if isinstance(stage, Call) else Call(stage, span=stage.span)
            return _call(b, call, context, want, piped=value)
        case Call():
            return _call(b, expr, context, want)
        case Get() | Pick():
            raise problem(
                b.report,
                "E0411",
                "a memory is used by a verb",
                expr.span,
                "write `.read(x)` behind it, or `(x)`",
            )


def _name(b: Builder, expr: Name, context: Context) -> Result:
    found = lookup(b, expr.text, context)
    if found is not None:
        return found
    resolved = resolve(expr, context.constants)
    if not isinstance(resolved, Name):
        raise problem(
            b.report,
            "E0411",
            f"`{expr.text}` stands for a part, not for a stream",
            expr.span,
            "used as a stream",
        )
    if resolved.text in b.drafts or resolved.text in b.families:
        raise problem(
            b.report, "E0411", "a memory is used by a verb", expr.span, f"write `{expr.text}.read(x)`"
        )
    constant = context.constants.get(resolved.text)
    if isinstance(constant, int | float):
        return constant
    raise unknown(b.report, "E0404", "name", expr.text, b.known(context), expr.span)


def lookup(b: Builder, name: str, context: Context) -> Result | None:
    """A stream by its name: the nearest context first; a memory's own lines are made when asked for."""
    here: Context | None = context
    while here is not None:
        if name in here.names:
            return here.names[name]
        if name in here.lets:
            inner = Context(
                f"{here.owner.rpartition('.')[0]}.{name}",
                here.names,
                here.lets,
                here.constants,
                here.outer,
                here.memory,
                here.heads,
            )
            b.enter(f"{here.memory}.{name}", here.lets[name].span)
            here.names[name] = infer(b, here.lets[name], inner)
            b.leave()
            return here.names[name]
        here = here.outer
    return None


def _binary(b: Builder, expr: Binary, context: Context, want: Shape | None) -> Result:
    left, right = infer(b, expr.left, context, want), infer(b, expr.right, context, want)
    if not isinstance(left, Line) and not isinstance(right, Line):
        from nlc.check.constants import evaluate

        number = evaluate(Binary(expr.operator, Number(left), Number(right)), {})
        if number is None:
            raise problem(b.report, "E0407", "division by zero", expr.span, "divides by zero")
        return number
    lines = tuple(b.lines.number(side, expr.span) for side in (left, right))
    return b.lines.combine(OPERATORS[expr.operator], lines[0], lines[1], expr.span)


def _call(b: Builder, call: Call, context: Context, want: Shape | None, piped: Expr | None = None) -> Result:
    """A call of an op, a block or a memory; `piped` is the stream that comes through `|>`."""
    function = resolve(call.function, context.constants)
    if isinstance(function, Call):
        call, function = (
            Call(
                function.function,
                (*function.args, *call.args),
                (*function.named, *call.named),
                span=call.span,
            ),
            function.function,
        )
    args = (piped, *call.args) if piped is not None else call.args
    match function:
        case Name(text="repeat"):
            return b.repeat(args, call, context)
        case Name(text="chain" | "combine" as how):
            return read_all(b, how, args, call, context)
        case Name(text=text) if text in b.drafts:
            return verb(b, b.drafts[text], "apply", args, call.span, context)
        case Name(text=text) if text in b.scope.blocks:
            lines = tuple(b.lines.number(infer(b, arg, context), arg.span) for arg in args)
            return b.call(text, lines, call, context)
        case Name(text=text):
            return _op(b, text, args, call, context, want)
        case Get(base=base, name=how) if how in ("read", "write"):
            return verb(b, member(b, base, context), how, args, call.span, context)
        case Get() | Pick():
            return verb(b, member(b, function, context), "apply", args, call.span, context)
        case _:
            raise problem(
                b.report, "E0411", "this cannot be called", call.span, "not an op, a block or a memory"
            )


def _op(
    b: Builder, name: str, args: tuple[Expr, ...], call: Call, context: Context, want: Shape | None
) -> Result:
    found = cast("type[Op] | None", find("op", name))
    if found is None:
        known = [*names("op"), *b.scope.blocks, *b.drafts, *b.families, "repeat", "chain", "combine"]
        raise unknown(b.report, "E0404", "op, block or memory", name, known, call.function.span)
    if len(args) < found.inputs:
        raise problem(
            b.report,
            "E0403",
            f"`{name}` takes {found.inputs} stream(s)",
            call.span,
            f"{len(args)} given here",
        )
    part, _ = build(
        found, args[found.inputs :], call.named, context.constants, b.report, call.span, b.defaults(found)
    )
    streams = tuple(
        b.lines.number(infer(b, arg, context, want if found.preserves else None), arg.span)
        for arg in args[: found.inputs]
    )
    if found.by_head and context.heads > 1 and streams and len(b.lines.shape(streams[0])) == 1:
        width = b.lines.shape(streams[0])[0]
        if width % context.heads:
            raise problem(
                b.report,
                "E0302",
                f"{show((width,))} cannot be shared by {context.heads} heads",
                call.span,
                "by head",
            )
        split = (context.heads, width // context.heads)
        streams = (b.lines.fit(streams[0], split, name, call.span), *streams[1:])
    return b.lines.apply(cast(Op, part), streams, want, call.span, context)


class _Negate(Op):
    """−x."""

    name = "neg"

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return inputs[0]


_NEGATIVE = _Negate()

__all__ = ["Mapping", "infer", "lookup"]
