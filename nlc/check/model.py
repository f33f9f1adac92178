"""The outermost form: a model with an objective, or a block that becomes a layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from nlc.check.arguments import part
from nlc.check.block import Workshop, instantiate
from nlc.check.budget import Budget
from nlc.check.constants import Constant, evaluate
from nlc.check.lines import Context
from nlc.check.optimizers import check_optimizer
from nlc.check.problem import problem, unknown
from nlc.check.scope import Scope
from nlc.check.times import period
from nlc.ir.system import Block, Shape, Training
from nlc.parts.part import Optimizer
from nlc.report import Report
from nlc.spec.expr import Call, Name
from nlc.spec.file import Form, Project
from nlc.spec.time import Every, Period, Quantity, Renewed

FIELDS = ("objective", "optimizer", "update")


@dataclass(frozen=True)
class Made:
    """The outermost form and all blocks it needs."""

    form: Form
    blocks: tuple[Block, ...]
    vocab: int
    length: int
    training: Training | None


def outermost(project: Project, scope: Scope, report: Report, budget: Budget) -> Made:
    """Check the last model, or else the last block."""
    forms = project.main.forms()
    for form in forms:
        if form.kind == "optimizer":
            check_optimizer(form, scope, report)
    candidates = [form for form in forms if form.kind == "model"] or [
        form for form in forms if form.kind == "block"
    ]
    if not candidates:
        raise problem(
            report, "E0413", "there is nothing to compile", project.main.span, "add a `model` or a `block`"
        )
    form = candidates[-1]
    values = scope.constants.values
    workshop = Workshop(report, budget.items, budget.nesting)
    call = Call(Name(form.name, span=form.name_span.span), span=form.name_span.span)
    shapes = [_input_shape(form, item.shape, values, report) for item in form.inputs if item.default is None]
    if form.kind == "model" and shapes != [()]:
        raise problem(
            report, "E0301", "a model reads one token at a place", form.name_span.span, "write `(ids: [T])`"
        )
    training = _training(form, values, report) if form.kind == "model" else None
    for other in forms:
        if other.kind == "block" and other is not form and all(i.shape or i.default for i in other.inputs):
            _alone(workshop, other, scope, values, report)
    block = instantiate(workshop, form, scope, shapes, call, Context("", {}, constants=values))
    needed = _needed(block, workshop.blocks)
    vocab = (
        block.values[block.result].shape[-1]
        if form.kind == "model" and block.values and block.values[block.result].shape
        else 0
    )
    length = values.get("T")
    return Made(form, needed, vocab, length if isinstance(length, int) else 0, training)


def _alone(
    workshop: Workshop, form: Form, scope: Scope, values: Mapping[str, Constant], report: Report
) -> None:
    """A block that nobody calls is checked too, where its sizes are known."""
    shapes: list[Shape] = []
    for item in form.inputs:
        if item.default is None and item.shape is not None:
            sizes = [
                evaluate(size, values)
                for size in item.shape
                if not (isinstance(size, Name) and size.text == "T")
            ]
            if not all(isinstance(size, int) for size in sizes):
                return
            shapes.append(cast(Shape, tuple(sizes)))
    call = Call(Name(form.name, span=form.name_span.span), span=form.name_span.span)
    instantiate(workshop, form, scope, shapes, call, Context("", {}, constants=values))


def _input_shape(form: Form, shape: object, values: Mapping[str, Constant], report: Report) -> Shape:
    if not isinstance(shape, tuple):
        raise problem(
            report,
            "E0405",
            f"`{form.name}` is compiled by itself, so its inputs need shapes",
            form.name_span.span,
            "write `x: [T d]`",
        )
    sizes: list[int] = []
    for size in cast("tuple[Name, ...]", shape):
        if isinstance(size, Name) and size.text == "T":
            continue
        number = evaluate(size, values)
        if not isinstance(number, int):
            raise unknown(report, "E0404", "size", size.span.text, values, size.span)
        sizes.append(number)
    return tuple(sizes)


def _needed(block: Block, blocks: Mapping[str, Block]) -> tuple[Block, ...]:
    """The blocks that this one calls, deepest first, itself last."""
    out: dict[str, Block] = {}

    def visit(block: Block) -> None:
        for name in dict.fromkeys(block.calls.values()):
            if name not in out:
                visit(blocks[name])
        out[block.name] = block

    visit(block)
    return tuple(out.values())


def _training(form: Form, values: Mapping[str, Constant], report: Report) -> Training:
    for entry in form.fields():
        if entry.name not in FIELDS:
            unknown(report, "E0402", "field of a model", entry.name, FIELDS, entry.name_span.span)
    objective, optimizer, update = (form.get(name) for name in FIELDS)
    if objective is None:
        raise problem(
            report,
            "E0410",
            f"model `{form.name}` has no objective",
            form.name_span.span,
            "add `objective: next_token`",
        )
    for found in (objective, optimizer):
        if found and isinstance(found.value, Every | Renewed | Quantity):
            raise problem(report, "E0407", f"`{found.name}` is no time", found.value.span, "write a part")
    goal, _ = part("objective", objective.value, values, report)  # type: ignore[arg-type]
    if goal.name != "next_token":
        raise problem(
            report,
            "E0415",
            f"`{goal.name}` cannot be a model's objective",
            objective.value.span,
            "write `next_token`",
        )
    written = optimizer.value if optimizer else Name("adamw", span=form.name_span.span)
    learner = cast(Optimizer, part("optimizer", written, values, report)[0])  # type: ignore[arg-type]
    if learner.name != "adamw":
        raise problem(
            report,
            "E0415",
            f"`{learner.name}` cannot be a model's optimizer yet",
            written.span,
            "write `adamw(lr=…)`",
        )
    every = (
        period(update.value, values, report)
        if update and isinstance(update.value, Every)
        else Period.of(1, "step")
    )
    if every.unit != "step":
        raise problem(
            report,
            "E0202",
            "a model is updated by steps",
            update.value.span if update else form.span,
            "write `every step`",
        )
    return Training("next_token", learner.name, cast("dict[str, float]", learner.model_dump()), every)
