"""A block put into another one: the line of its call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from nlc.check.context import Context, Line, take
from nlc.check.instance import LAYER, instantiate, own_layer
from nlc.check.problem import Stopped
from nlc.check.rounds import check_rounds
from nlc.check.scope import Scope
from nlc.check.shapes import show
from nlc.spec.expr import Call
from nlc.spec.file import Form

if TYPE_CHECKING:
    from nlc.check.block import Builder

Number = Literal["", "counted", "own"]
"""How a block learns its `layer`: it does not ask, by its place in a row, or it is its caller's."""


def place(
    b: Builder,
    form: Form,
    scope: Scope,
    args: tuple[Line, ...],
    call: Call,
    context: Context,
    count: int = 0,
) -> Line:
    """Every call of a block has parameters of its own; `count` of them in a row, or 0: one in no row."""
    number = _number(b, form, call, context, count)
    instance = instantiate(b, form, scope, args, call, context, numbered=bool(number))
    if instance.name in b.workshop.failed:
        raise Stopped(instance.name)
    if number == "counted":
        check_rounds(instance, count, call.span, b.report)
    result = instance.values[instance.result].shape
    if count > 1 and args and result != b.lines.shape(args[0]):
        message = f"`{form.name}` makes {show(result)} of {show(b.lines.shape(args[0]))}"
        raise b.lines.misfit(f"{message}, so it cannot be repeated", call.span, args)
    stem = form.name if count < 2 else "layers"
    if context.memory:  # a field's own, and the same at each use of the field
        owner = take(f"{context.owner.replace('.', '_')}_{stem}", context.owned)
    else:
        owner = take(stem, b.modules)
    b.modules.setdefault(owner, 1)
    b.calls[owner] = instance.name
    attributes: dict[str, int | str] = {"count": max(count, 1)}
    if number:
        attributes["number"] = number
    return b.lines.add("call", args, result, call.span, attributes, target=instance.name, owner=owner)


def _number(b: Builder, form: Form, call: Call, context: Context, count: int) -> Number:
    given = dict(call.named)
    if LAYER in given:
        return "own" if own_layer(b, given[LAYER], context) else ""
    asks = any(item.name == LAYER and item.default is not None for item in form.inputs)
    return "counted" if asks and count else ""
