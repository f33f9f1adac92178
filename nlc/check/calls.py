"""Calls: what a function name stands for, and the calls of other blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlc.check.absent import absent
from nlc.check.arguments import name_span
from nlc.check.context import Context, Line, Result, take
from nlc.check.evaluation import evaluate, resolve, said
from nlc.check.families import read_all
from nlc.check.instance import instantiate
from nlc.check.members import member
from nlc.check.ops import op
from nlc.check.problem import Stopped, problem, unknown
from nlc.check.shapes import show
from nlc.check.uses import use
from nlc.ir.system import Shape
from nlc.spec.expr import Call, Expr, Get, Name, Pick

if TYPE_CHECKING:
    from nlc.check.block import Builder


def call(b: Builder, call: Call, context: Context, want: Shape | None, piped: Expr | None = None) -> Result:
    """A call of an op, a block or a memory; `piped` is the stream that comes through `|>`."""
    call = _merged(call, context)
    function = call.function
    args = (piped, *call.args) if piped is not None else call.args
    match function:
        case Name(text=text) if text in b.scope.failed:
            raise Stopped(text)
        case Name():
            return _named(b, function, args, call, context, want)
        case Get(base=base, name="read"):
            return use(b, member(b, base, context), "read", args, call, context)
        case Get(base=base, name="write"):
            member(b, base, context)
            message, label = "a write has no value", "write it on a line of its own"
            raise problem(b.report, "E0411", message, call.span, label)
        case Get() | Pick():
            return use(b, member(b, function, context), "apply", args, call, context)
        case _:
            label = "not an op, a block or a memory"
            raise problem(b.report, "E0411", "this cannot be called", call.span, label)


def _named(
    b: Builder, name: Name, args: tuple[Expr, ...], call: Call, context: Context, want: Shape | None
) -> Line:
    """Words of the language first, then what the block defines, then what it uses, then the ops."""
    if context.closed:
        return op(b, name, args, call, context, want)
    match name.text:
        case "repeat":
            return _repeat(b, args, call, context)
        case "chain" | "combine" as how:
            return read_all(b, how, args, call, context)
        case text if text in b.drafts:
            return use(b, b.drafts[text], "apply", args, call, context)
        case text if text in b.families:
            labels = ", ".join(f"`{text}.{label}`" for label in b.families[text][:8])
            note = f"name a member ({labels}), or read all with `chain({text}, x)`"
            message, label = f"`{text}` is a family", "it has many answers"
            raise problem(b.report, "E0411", message, name.span, label, notes=[note])
        case text if text in b.scope.blocks:
            return _block(b, name, b.infer_lines(args, context), call, context)
        case _:
            return op(b, name, args, call, context, want)


def _merged(call: Call, context: Context) -> Call:
    """The call with what a param stands for put in: a waiting call's own arguments come first."""
    function = resolve(call.function, context.constants)
    if isinstance(function, Call):
        args, named = (*function.args, *call.args), (*function.named, *call.named)
        return Call(function.function, args, named, span=call.span)
    if isinstance(function, Name) and isinstance(call.function, Name):
        function = Name(function.text, span=call.function.span)  # mistakes are shown where it is called
    return Call(function, call.args, call.named, span=call.span)


def _block(
    b: Builder, name: Expr, args: tuple[Line, ...], call: Call, context: Context, count: int = 1
) -> Line:
    """A call of another block: every call has parameters of its own."""
    assert isinstance(name, Name)
    form, scope = b.scope.blocks[name.text]
    instance = instantiate(b, form, scope, args, call, context)
    if instance.name in b.workshop.failed:
        raise Stopped(instance.name)
    result = instance.values[instance.result].shape
    if count > 1 and args and result != b.lines.shape(args[0]):
        message = f"`{name.text}` makes {show(result)} of {show(b.lines.shape(args[0]))}"
        raise b.lines.misfit(f"{message}, so it cannot be repeated", call.span, args)
    stem = name.text if count == 1 else "layers"
    if context.memory:  # a field's own, and the same at each use of the field
        owner = take(f"{context.owner.replace('.', '_')}_{stem}", context.owned)
    else:
        owner = take(stem, b.modules)
    b.modules.setdefault(owner, 1)
    b.calls[owner] = instance.name
    return b.lines.add("call", args, result, call.span, {"count": count}, target=instance.name, owner=owner)


def _repeat(b: Builder, args: tuple[Expr, ...], call: Call, context: Context) -> Line:
    """`x |> repeat(block, n)`: n blocks in a row, each with its own parameters."""
    if len(args) != 3:
        message, label = "`repeat` takes a stream, a block and a number", "write `x |> repeat(block, n)`"
        raise problem(b.report, "E0403", message, call.span, label)
    stream, stage, times = args
    try:
        waiting, count = _repeated(b, stage, times, call, context)
    finally:
        first = b.infer_lines((stream,), context)
    streams = (*first, *b.infer_lines(waiting.args, context))
    return _block(b, waiting.function, streams, waiting, context, count)


def _repeated(b: Builder, stage: Expr, times: Expr, call: Call, context: Context) -> tuple[Call, int]:
    """The block that waits for its stream, and how often it comes."""
    for name, value in call.named:
        place, note = name_span(name, value), "arguments of the block: `repeat(block(name=…), n)`"
        raise unknown(b.report, "E0403", "argument of `repeat`", name, (), place, note)
    waiting = resolve(stage, context.constants)
    function = waiting.function if isinstance(waiting, Call) else waiting
    if isinstance(function, Name) and function.text in b.scope.failed:
        raise Stopped(function.text)
    if not isinstance(function, Name) or function.text not in b.scope.blocks:
        name = function.text if isinstance(function, Name) else stage.span.text
        place = stage.function.span if isinstance(stage, Call) else stage.span
        if isinstance(function, Name) and (found := absent(b.scope.file, function, b.report)):
            raise found
        raise unknown(b.report, "E0404", "block", name, b.scope.blocks, place, own=b.scope.blocks)
    count = evaluate(times, context.constants)
    if not isinstance(count, int) or count < 1:
        shown = said(times, context.constants)
        message = "`repeat` needs a positive whole number"
        raise problem(b.report, "E0407", message, times.span, shown)
    if isinstance(waiting, Call):
        return waiting, count
    return Call(waiting, span=stage.span), count
