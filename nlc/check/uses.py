"""Reading and writing a memory: lines for the fields it needs, then the verb itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from nlc.check.context import Context, Line
from nlc.check.draft import Draft
from nlc.check.edits import lines_before
from nlc.check.problem import problem, unknown
from nlc.check.roles import Roles
from nlc.check.shapes import show
from nlc.ir.system import Memory
from nlc.report import Fix, Label
from nlc.source import Span
from nlc.spec.expr import Call, Expr, Name

if TYPE_CHECKING:
    from nlc.check.block import Builder


def use(b: Builder, draft: Draft, how: str, args: tuple[Expr, ...], call: Call, context: Context) -> Line:
    """`m.read(x)` or `m(x)`: the answer."""
    lines = _inputs(b, draft, args, call, context)
    memory = settle(b, draft, lines, call.span)
    if how == "apply" and not memory.is_task and not memory.update.is_every_token:
        raise _slow(b, draft, memory, call, context)
    return answer(b, draft, how, lines, call.span)


def answer(b: Builder, draft: Draft, how: str, lines: tuple[Line, ...], span: Span) -> Line:
    """What a memory answers to these inputs."""
    memory = settle(b, draft, lines, span)
    roles = Roles(b, draft, memory, lines)
    if memory.is_task:
        # it is written by the model's objective: using it is reading it
        query = roles.query((memory.sizes[0],))
        return b.lines.add("read", (query,), memory.sizes[-1:], span, roles=("queries",), target=draft.name)
    found = roles.read() if how == "read" else {**roles.write(), **roles.read()}
    return b.lines.merged(_verb(b, how, memory, found, span))


def prepare(
    b: Builder, draft: Draft, args: tuple[Expr, ...], call: Call, context: Context
) -> tuple[Memory, dict[str, Line]]:
    """What a write needs, evaluated before it."""
    lines = _inputs(b, draft, args, call, context)
    memory = settle(b, draft, lines, call.span)
    if memory.is_task:
        message = f"`{draft.name}` is written by the model's objective"
        raise problem(b.report, "E0411", message, call.span, "it cannot be written here")
    return memory, Roles(b, draft, memory, lines).write()


def write(b: Builder, memory: Memory, roles: Mapping[str, Line], span: Span) -> None:
    _verb(b, "write", memory, roles, span)


def settle(b: Builder, draft: Draft, lines: tuple[Line, ...], span: Span) -> Memory:
    """The memory, which takes inputs of the same sizes at each of its uses."""
    expected = len(draft.form.inputs)
    if len(lines) != expected:
        message = f"`{draft.name}` takes {expected} stream{'s' * (expected != 1)}"
        raise problem(b.report, "E0403", message, span, f"{len(lines)} given here")
    shapes = tuple(b.lines.shape(line) for line in lines)
    if len(shapes[0]) != 1:
        raise b.lines.misfit(f"`{draft.name}` takes a vector a token", span, lines)
    memory = draft.settle(shapes, b.lines.span(lines[0]))
    for line, shape, first in zip(lines, shapes, draft.shapes, strict=True):
        if shape != first:
            message = f"`{draft.name}` takes {show(first)}, as at its first use, not {show(shape)}"
            raise b.lines.misfit(message, span, (line,))
    return memory


def _inputs(
    b: Builder, draft: Draft, args: tuple[Expr, ...], call: Call, context: Context
) -> tuple[Line, ...]:
    lines = tuple(b.lines.merged(line) for line in b.infer_lines(args, context))
    for name, value in call.named:
        raise unknown(b.report, "E0403", f"argument of `{draft.name}`", name, (), value.span)
    return lines


def _verb(b: Builder, how: str, memory: Memory, roles: Mapping[str, Line], span: Span) -> Line:
    shape = () if how == "write" else (memory.heads, memory.sizes[-1])
    return b.lines.add(how, tuple(roles.values()), shape, span, roles=tuple(roles), target=memory.name)


def _slow(b: Builder, draft: Draft, memory: Memory, call: Call, context: Context) -> Exception:
    message = f"`{draft.name}(…)` writes and reads at once, but what is written lands `{memory.update}`"
    label, span = "a token cannot see itself here", call.span
    update = draft.fields["update"].value.span
    also = [Label(update, "here it is said when it lands")]
    fix = _apart(b, draft, call, context)
    note = f"write `{draft.name}.read(…)` here, and `{draft.name}.write(…)` on a line of its own"
    notes = [] if fix else [note]
    return problem(b.report, "E0203", message, span, label, also=also, notes=notes, fix=fix)


def _apart(b: Builder, draft: Draft, call: Call, context: Context) -> Fix | None:
    """`m.write(x)` on a line before, `m.read(x)` here; what `x` is made of keeps its parameters once."""
    span, name = call.span, call.function.span.text
    direct = bool(call.args) and "|>" not in span.text and span.text.startswith(name)
    if context.memory or b.entry is None or not direct:
        return None
    given, lines = span.text.removeprefix(name).strip()[1:-1].strip(), list[str]()
    if not all(isinstance(arg, Name) for arg in call.args):
        own = f"{draft.identifier}_input"
        if len(call.args) != 1 or own in b.places or own in context.known():
            return None
        lines, given = [f"{own} = {given}"], own
    read, write = f"{name}.read({given})", f"{name}.write({given})"
    title = f"write `{read}` here, and `{write}` on a line of its own"
    return lines_before(b.entry, [*lines, write], span, read, title)
