"""A block for given shapes and arguments: bound, made once, and shared by all who ask for the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlc.check.arguments import name_span
from nlc.check.constants import LENGTH
from nlc.check.context import Context, Line
from nlc.check.evaluation import Chosen, Constant, evaluate, resolve, substitute
from nlc.check.problem import Stopped, doubled, problem, unknown
from nlc.check.scope import Scope
from nlc.check.shapes import show
from nlc.check.workshop import Workshop
from nlc.ir.system import Block, Shape
from nlc.report import Report
from nlc.source import Span
from nlc.spec.expr import Call, Expr, Name, walk
from nlc.spec.file import Form, Input

if TYPE_CHECKING:
    from nlc.check.block import Builder


LAYER = "layer"
"""An input of this name is filled by `repeat`: which round a block stands in, from 0."""


def instantiate(
    b: Builder,
    form: Form,
    scope: Scope,
    args: tuple[Line, ...],
    call: Call,
    context: Context,
    numbered: bool = False,
) -> Block:
    """The block that a call asks for; a `numbered` one learns its `layer` when it is made."""
    settings = _options(b, form, scope, call, context)
    if numbered:
        del settings[LAYER]
    streams = [item for item in form.inputs if item.default is None]
    if len(streams) != len(args):
        options = [item.name for item in form.inputs if item.default is not None]
        note = [f"its other arguments are named: `{options[0]}=…`"] if options and len(args) > 1 else []
        count = f"{len(streams)} stream{'s' * (len(streams) != 1)}"
        message, label = f"`{form.name}` takes {count}", f"{len(args)} given here"
        raise problem(b.report, "E0403", message, call.span, label, notes=note)
    shapes = {item.name: b.lines.shape(line) for item, line in zip(streams, args, strict=True)}
    for item, line in zip(streams, args, strict=True):
        if not bind_sizes(item, shapes[item.name], scope, settings):
            wanted = _declared(item, scope, settings)
            message = f"`{item.name}` of `{form.name}` takes {wanted}, not {show(shapes[item.name])}"
            raise b.lines.misfit(message, call.span, (line,), declared=item.span)
    return make(b.workshop, form, scope, settings, shapes, call.span)


def make(
    workshop: Workshop,
    form: Form,
    scope: Scope,
    settings: dict[str, Constant],
    shapes: dict[str, Shape],
    span: Span,
) -> Block:
    """The block for these shapes and settings, made once; without a setting `layer` it is numbered."""
    from nlc.check.block import Builder

    key = (id(form), tuple(shapes.items()), tuple(sorted((k, repr(v)) for k, v in settings.items())))
    if key in workshop.made:
        return workshop.blocks[workshop.made[key]]
    check_inputs(form, scope, workshop.report)
    asks = any(item.name == LAYER for item in form.inputs)
    with workshop.opened(form, span):
        values = scope.constants.values | settings
        if asks and LAYER not in settings:
            values = {name: value for name, value in values.items() if name != LAYER}
        block = Builder(workshop, form, scope, values, shapes).build(workshop.name(form))
        own = None if span.source.shipped else span
        workshop.sites[block.name] = own or workshop.report.site or span
    workshop.blocks[block.name] = block
    workshop.made[key] = block.name
    return block


def check_inputs(form: Form, scope: Scope, report: Report) -> None:
    """Inputs are named once, and no stream has the name of a constant."""
    seen: dict[str, Input] = {}
    for item in form.inputs:
        first = seen.get(item.name) or scope.constants.places.get(item.name)
        if first is not None and (item.name in seen or item.default is None):
            raise doubled(report, f"`{item.name}` is bound twice", item.span, first.span)
        seen[item.name] = item


def defaults(form: Form, scope: Scope) -> dict[str, Constant]:
    """Inputs with a default, as they are when nobody says otherwise."""
    out: dict[str, Constant] = {}
    for item in form.inputs:
        if item.default is not None:
            values = scope.constants.values | out
            number = evaluate(item.default, values)
            out[item.name] = number if number is not None else resolve(item.default, values)
    return out


def _options(b: Builder, form: Form, scope: Scope, call: Call, context: Context) -> dict[str, Constant]:
    """Inputs with a default, with the call's named arguments put in."""
    out = defaults(form, scope)
    given: dict[str, Expr] = {}
    before = len(b.report.errors)
    for name, value in call.named:
        place = name_span(name, value)
        if name == LAYER and name in out and own_layer(b, value, context):
            continue
        if name not in out:
            unknown(b.report, "E0403", f"argument of `{form.name}`", name, out, place)
        elif name in given:
            doubled(b.report, f"`{name}` is given twice", place, given[name].span)
        else:
            given[name] = value
            out[name] = _constant(b, name, value, context)
    if len(b.report.errors) > before:
        raise Stopped(form.name)
    return out


def _constant(b: Builder, name: str, value: Expr, context: Context) -> Constant:
    """A number, or a part or word as the caller means it: a stream would lose its place."""
    chosen = resolve(value, context.constants)
    if isinstance(chosen, Chosen):
        return chosen
    number = evaluate(value, context.constants)
    if number is not None:
        return number
    value = substitute(resolve(value, context.constants), context.constants)
    moving = any(isinstance(node, Name) and context.streams(node.text) for node in walk(value))
    if moving or not isinstance(value, Name | Call):
        label = "a number, a part or a word belongs here"
        problem(b.report, "E0407", f"`{name}` must be known before the run", value.span, label)
    return value


def own_layer(b: Builder, value: Expr, context: Context) -> bool:
    """Whether an argument is the round that the caller itself stands in: `inner(x, layer=layer)`."""
    found = lookup(value.text, context) if isinstance(value, Name) else None
    return found is not None and b.lines.values[found.index].op == LAYER


def lookup(name: str, context: Context) -> Line | None:
    """A line of the body by its name."""
    here: Context | None = context
    while here is not None:
        found = here.names.get(name)
        if found is not None:
            return found if isinstance(found, Line) else None
        here = here.outer
    return None


def bind_sizes(item: Input, shape: Shape, scope: Scope, settings: dict[str, Constant]) -> bool:
    """Whether a shape is the declared one; a size that is no constant is bound to what comes in."""
    if item.shape is None:
        return True
    wanted = sizes_of(item)
    if len(wanted) != len(shape):
        return False
    for size, got in zip(wanted, shape, strict=True):
        known = evaluate(size, scope.constants.values | settings)
        if known is None and isinstance(size, Name):
            settings[size.text] = got
        elif known != got:
            return False
    return True


def sizes_of(item: Input) -> tuple[Expr, ...]:
    """The sizes at one token: `T` is the stream itself."""
    return tuple(size for size in item.shape or () if not (isinstance(size, Name) and size.text == LENGTH))


def _declared(item: Input, scope: Scope, settings: dict[str, Constant]) -> str:
    known = [evaluate(size, scope.constants.values | settings) for size in sizes_of(item)]
    if any(size is None for size in known):
        return f"`[{' '.join(size.span.text for size in item.shape or ())}]`"
    return show(tuple(int(size) for size in known if size is not None))
