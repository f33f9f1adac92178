"""`x |> repeat(block, n)`: blocks in a row, each with its own parameters.

Of several blocks, `n` rounds are made. A round is a block like any other, which the compiler writes:
its members are named as they are in the spec, and what is in the round is no special case elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlc.check.absent import absent
from nlc.check.arguments import name_span
from nlc.check.context import Context, Line
from nlc.check.evaluation import evaluate, resolve, said, substitute
from nlc.check.instance import LAYER
from nlc.check.placing import place
from nlc.check.problem import Stopped, problem, unknown
from nlc.parts.registry import find
from nlc.spec.expr import Call, Expr, Name, Node, Number, Pipe
from nlc.spec.file import Form, Input, Return

if TYPE_CHECKING:
    from nlc.check.block import Builder

LAYERS = "layers"
"""An input of this name is filled by `repeat`: how many rounds there are."""
LONGEST = 64


def repeat(b: Builder, args: tuple[Expr, ...], call: Call, context: Context) -> Line:
    """The line of `n` blocks in a row, or of `n` rounds of several."""
    if len(args) < 3:
        message, label = "`repeat` takes a stream, blocks and a number", "write `x |> repeat(block, n)`"
        raise problem(b.report, "E0403", message, call.span, label)
    stream, *stages, times = args
    try:
        form, scope, waiting, count = None, b.scope, *_repeated(b, stages, times, call, context)
        one = waiting[0]
        if len(waiting) > 1:
            form = _round(b, waiting, call, context)
            one = Call(Name(form.name, span=call.span), span=call.span)
    finally:
        first = b.infer_lines((stream,), context)
    if form is None:
        assert isinstance(one.function, Name)
        form, scope = b.scope.blocks[one.function.text]
    streams = (*first, *b.infer_lines(one.args, context))
    return place(b, form, scope, streams, _filled(form, one, LAYERS, Number(count)), context, count)


def _repeated(
    b: Builder, stages: list[Expr], times: Expr, call: Call, context: Context
) -> tuple[list[Call], int]:
    """The blocks that wait for their stream, and how often they come."""
    for name, value in call.named:
        place, note = name_span(name, value), "arguments of the block: `repeat(block(name=…), n)`"
        raise unknown(b.report, "E0403", "argument of `repeat`", name, (), place, note)
    waiting = [_waiting(b, stage, context) for stage in stages]
    count = evaluate(times, context.constants)
    if not isinstance(count, int) or count < 1:
        shown = said(times, context.constants)
        message = "`repeat` needs a positive whole number"
        raise problem(b.report, "E0407", message, times.span, shown)
    return waiting, count


def _waiting(b: Builder, stage: Expr, context: Context) -> Call:
    """A block that waits for its stream."""
    waiting = resolve(stage, context.constants)
    function = waiting.function if isinstance(waiting, Call) else waiting
    if isinstance(function, Name) and function.text in b.scope.failed:
        raise Stopped(function.text)
    if not isinstance(function, Name) or function.text not in b.scope.blocks:
        name = function.text if isinstance(function, Name) else stage.span.text
        place = stage.function.span if isinstance(stage, Call) else stage.span
        if isinstance(function, Name) and (found := absent(b.scope.file, function, b.report)):
            raise found
        if other := _no_block(b, name):
            message, label = (
                f"`{name}` is {other}, and `repeat` takes blocks",
                "put it into a block of its own",
            )
            raise problem(b.report, "E0403", message, place, label)
        raise unknown(b.report, "E0404", "block", name, b.scope.blocks, place, own=b.scope.blocks)
    return waiting if isinstance(waiting, Call) else Call(waiting, span=stage.span)


def _no_block(b: Builder, name: str) -> str:
    """What a name is that stands where a block should; nothing if it is nothing known."""
    if name in b.drafts or name in b.families:
        return "a memory"
    return "an op" if find("op", name) else ""


def _filled(form: Form, call: Call, name: str, value: Expr) -> Call:
    """The call with an argument put in that the block has and that is not given."""
    asks = any(item.name == name and item.default is not None for item in form.inputs)
    if not asks or name in dict(call.named):
        return call
    return Call(call.function, call.args, (*call.named, (name, value)), span=call.span)


def _round(b: Builder, waiting: list[Call], call: Call, context: Context) -> Form:
    """`block a_b_a(x, layer=0, layers=1) { return x |> a |> b |> a }`, in the caller's names."""
    stream = "x"
    while stream in b.scope.constants.places:
        stream += "x"
    value: Expr = Name(stream, span=call.span)
    names: list[str] = []
    numbered = False
    for each in waiting:
        assert isinstance(each.function, Name)
        if each.args:
            message, label = "of several blocks each takes one stream", "this one is given another"
            raise problem(b.report, "E0403", message, each.args[0].span, label)
        inner, _ = b.scope.blocks[each.function.text]
        named = tuple((name, _known(said, context)) for name, said in each.named)
        stage = Call(each.function, (), named, span=each.span)
        for name in (LAYER, LAYERS):
            stage = _filled(inner, stage, name, Name(name, span=each.span))
        numbered = numbered or len(stage.named) > len(named)
        value = Pipe(value, stage if stage.named else each.function, span=call.span)
        names.append(inner.name)
    name = "_".join(names)
    options = (Input(LAYER, None, Number(0), span=call.span), Input(LAYERS, None, Number(1), span=call.span))
    return Form(
        "block",
        name if len(name) <= LONGEST else f"{names[0]}_round",
        (Input(stream, span=call.span), *(options if numbered else ())),
        (Return(value, span=call.span),),
        name_span=Node(span=call.span),
        span=call.span,
    )


def _known(value: Expr, context: Context) -> Expr:
    """An argument as the caller means it."""
    return substitute(resolve(value, context.constants), context.constants)
