"""The outermost form: a model with an objective, or a block that becomes a layer."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass

from nlc.check.evaluation import evaluate
from nlc.check.instance import defaults, make, sizes_of
from nlc.check.optimizers import check_optimizer
from nlc.check.problem import Stopped, problem, unknown
from nlc.check.scope import Scope
from nlc.check.shapes import show
from nlc.check.training import training_of
from nlc.check.workshop import Workshop
from nlc.ir.system import Block, Shape, Training
from nlc.report import Report
from nlc.source import Span, is_yaml
from nlc.spec.expr import Expr, Name
from nlc.spec.file import Form, Project


@dataclass(frozen=True)
class Made:
    """The outermost form and all blocks it needs."""

    form: Form
    blocks: tuple[Block, ...]
    vocab: int
    training: Training | None
    sites: Mapping[str, Span]
    """Where the user asked for each block."""


def outermost(project: Project, scope: Scope, workshop: Workshop) -> Made | None:
    """Check the model, or else the last block, and then what it does not reach; None after an error."""
    forms, report = project.main.forms(), workshop.report
    for form in forms:
        if form.kind == "optimizer":
            check_optimizer(form, scope, report)
    models = [form for form in forms if form.kind == "model"]
    candidates = models or [form for form in forms if form.kind == "block"]
    if not candidates:
        raise problem(
            report, "E0413", "there is nothing to compile", project.main.span, "add a `model` or a `block`"
        )
    form = candidates[-1]
    training, block = None, None
    try:
        if form.kind == "model":
            training = training_of(form, scope, report)
    except Stopped:
        pass
    with contextlib.suppress(Stopped):
        block = _make(workshop, form, scope, _shapes(workshop, form, scope))
    for other in forms:
        if other.kind == "block" and not workshop.has(other):
            _alone(workshop, other, scope)
    if block is None:
        return None
    return Made(
        form,
        needed(block, workshop.blocks),
        _vocab(workshop, block, scope.constants.values.get("vocab")),
        training,
        workshop.sites,
    )


def _make(workshop: Workshop, form: Form, scope: Scope, shapes: dict[str, Shape]) -> Block:
    settings = defaults(form, scope)
    return make(workshop, form, scope, settings, shapes, form.name_span.span)


def _shapes(workshop: Workshop, form: Form, scope: Scope) -> dict[str, Shape]:
    """The declared shapes of a form that nobody calls."""
    report, place = workshop.report, form.name_span.span
    shapes: dict[str, Shape] = {}
    for item in form.inputs:
        if item.default is not None:
            continue
        if item.shape is None:
            wanted = f"`{item.name}: [T]`" if form.kind == "model" else f"`{item.name}: [T d]`"
            message = f"`{form.name}` is compiled by itself, so its inputs need shapes"
            raise problem(report, "E0405", message, item.span, f"write {wanted}")
        sizes: list[int] = []
        for size in sizes_of(item):
            number = evaluate(size, scope.constants.values)
            if not isinstance(number, int):
                raise _no_size(size, scope, report)
            sizes.append(number)
        shapes[item.name] = tuple(sizes)
    if form.kind == "model" and list(shapes.values()) != [()]:
        raise problem(report, "E0301", "a model reads one token at a place", place, "write `(ids: [T])`")
    if not shapes:
        raise problem(report, "E0405", f"`{form.name}` reads no stream", place, "write `(x: [T d])`")
    return shapes


def _no_size(size: Expr, scope: Scope, report: Report) -> Stopped:
    text = size.span.text
    line = f"dim: {{{text}: 64}}" if is_yaml(size.span.source) else f"dim {text} = 64"
    notes = [f"add `{line}`"] if isinstance(size, Name) else []
    return unknown(report, "E0404", "size", text, scope.constants.values, size.span, *notes)


def _alone(workshop: Workshop, form: Form, scope: Scope) -> None:
    """A block that nobody calls is checked too, where its sizes are known."""
    streams = [item for item in form.inputs if item.default is None]
    values = scope.constants.values
    known = [
        item.shape is not None and all(isinstance(evaluate(size, values), int) for size in sizes_of(item))
        for item in streams
    ]
    if streams and all(known):
        try:
            _make(workshop, form, scope, _shapes(workshop, form, scope))
        except Stopped:
            return


def _vocab(workshop: Workshop, block: Block, vocab: object) -> int:
    """How many scores a model gives for the next token; 0 for a layer."""
    if block.form.kind != "model":
        return 0
    if workshop.report.errors:
        return 0
    result = block.values[block.result]
    if len(result.shape) != 1:
        message, label = "a model returns a score for each token of `vocab`", "one number a token comes out"
        raise problem(workshop.report, "E0301", message, result.span, label)
    if isinstance(vocab, int) and result.shape != (vocab,):
        message, label = (
            f"the model returns {show(result.shape)}, and `vocab` is {vocab}",
            "end with `unembed`",
        )
        raise problem(workshop.report, "E0301", message, result.span, label)
    return result.shape[0]


def needed(block: Block, blocks: Mapping[str, Block]) -> tuple[Block, ...]:
    """The blocks that this one calls, deepest first, itself last."""
    out: dict[str, Block] = {}

    def visit(block: Block) -> None:
        for name in dict.fromkeys(block.calls.values()):
            if name not in out:
                visit(blocks[name])
        out[block.name] = block

    visit(block)
    return tuple(out.values())
