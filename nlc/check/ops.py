"""An op part applied to streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from nlc.check import elsewhere
from nlc.check.absent import absent
from nlc.check.arguments import Arguments
from nlc.check.context import Context, Line
from nlc.check.problem import Stopped, problem, unknown
from nlc.check.shapes import show
from nlc.check.streams import misused
from nlc.check.taken import FUNCTIONS
from nlc.ir.numbers import FUNCTIONS as OF_NUMBERS
from nlc.ir.system import Shape
from nlc.parts.meaning import STREAM, stands_for
from nlc.parts.op.split import Split
from nlc.parts.part import Op, Part, ShapeError
from nlc.parts.registry import find, names
from nlc.spec.expr import Call, Expr, Name
from nlc.suggest import same

if TYPE_CHECKING:
    from nlc.check.block import Builder


def op(
    b: Builder, name: Name, args: tuple[Expr, ...], call: Call, context: Context, want: Shape | None
) -> Line:
    """An op part applied to streams; the arguments behind them are constants."""
    found = cast("type[Op] | None", find("op", name.text))
    if found is None:
        if wrong := misused(b, name, context):
            raise wrong
        raise unknown_function(b, name)
    if len(args) < found.inputs:
        message = f"`{name.text}` takes {_streams(found.inputs)}"
        raise problem(b.report, "E0403", message, name.span, f"{len(args)} given here")
    try:
        rest = args[found.inputs :]
        part, _ = Arguments(found, context.constants, b.report, name.span).build(
            rest, call.named, _defaults(b, found)
        )
    finally:
        wanted = want if found.preserves else None
        streams = b.infer_lines(args[: found.inputs], context, wanted)
    if name.text in OF_NUMBERS and b.lines.is_number(streams[0]):
        return b.lines.add(name.text, streams, (), call.span)
    if found.pointwise and b.lines.is_number(streams[0]):
        message = f"`{name.text}` is for streams, and this is a number"
        label = "the same at every token: write its value"
        note = f"{', '.join(f'`{each}`' for each in OF_NUMBERS)} and arithmetic are for numbers too"
        raise problem(b.report, "E0407", message, args[0].span, label, notes=[note])
    if found.name == "merge":
        return b.lines.merged(streams[0])
    if found.name == "split":
        return _split(b, cast(Split, part), streams[0], call)
    if part.means:
        return _meant(b, part, streams[0], call, context)
    if found.by_head and context.heads > 1 and len(b.lines.shape(streams[0])) == 1:
        streams = (_by_head(b, name, streams[0], context, call), *streams[1:])
    return b.lines.apply(cast(Op, part), streams, want, call.span, context)


def unknown_function(b: Builder, name: Name) -> Stopped:
    """What is called and is nowhere: perhaps std has it, or it is misspelt."""
    if any(same(name.text, other) for other in b.scope.failed):
        return Stopped(name.text)
    own = [*b.scope.blocks, *b.drafts, *b.families]
    known = [*names("op"), *own, *FUNCTIONS]
    cased = any(same(name.text, other) for other in known)
    if not cased and (found := absent(b.scope.file, name, b.report)):
        return found
    meant = elsewhere.OPS.get(name.text)
    return unknown(
        b.report, "E0404", "op, block or memory", name.text, known, name.span, meant=meant, own=own
    )


def _meant(b: Builder, part: Part, stream: Line, call: Call, context: Context) -> Line:
    """What an own op stands for, of this stream. A name in its text is never one of the spec's."""
    inner = Context(context.owner, {STREAM: stream}, memory=context.memory, heads=context.heads, closed=True)
    return b.lines.number(b.infer(stands_for(part, {}, call.span), inner), call.span)


def _split(b: Builder, part: Split, stream: Line, call: Call) -> Line:
    """Head by head; what was joined a moment ago stays apart."""
    try:
        want = part.shape((b.lines.shape(stream),))
    except ShapeError as wrong:
        raise b.lines.misfit(f"`split` does not fit here: {wrong}", call.span, (stream,)) from None
    return b.lines.fit(stream, want, "`split`", call.span)


def _by_head(b: Builder, name: Name, stream: Line, context: Context, call: Call) -> Line:
    width = b.lines.shape(stream)[0]
    if width % context.heads:
        message = f"{show((width,))} cannot be shared by {context.heads} heads"
        raise problem(b.report, "E0302", message, call.span, f"`{name.text}` acts head by head here")
    return b.lines.fit(stream, (context.heads, width // context.heads), name.text, call.span)


def _streams(count: int) -> str:
    return f"{count} streams" if count != 1 else "a stream"


def _defaults(b: Builder, found: type[Op]) -> dict[str, Any]:
    """Arguments that come from the file: `vocab` is a dim."""
    vocab = b.constants.get("vocab")
    return {"vocab": vocab} if "vocab" in found.model_fields and isinstance(vocab, int) else {}
