"""What a model form says of its own memory: objective, optimizer and period."""

from __future__ import annotations

import contextlib
from typing import cast

from nlc.check.arguments import part
from nlc.check.edits import field_before
from nlc.check.evaluation import resolve
from nlc.check.problem import Stopped, doubled, problem, unknown
from nlc.check.scope import Scope
from nlc.check.times import period
from nlc.ir.system import Training
from nlc.parts.part import Optimizer, Part
from nlc.report import Report
from nlc.spec.expr import Call, Expr, Name
from nlc.spec.file import Field, Form
from nlc.spec.time import Every, Period, Quantity, Renewed

FIELDS = ("objective", "optimizer", "update")


def training_of(form: Form, scope: Scope, report: Report) -> Training:
    """The fields of a model; all of them are looked at before the first error stops it."""
    before = len(report.errors)
    fields = _fields(form, report)
    goal = learner = None
    every = Period.of(1, "step")
    with contextlib.suppress(Stopped):
        goal = _objective(form, fields, scope, report)
    with contextlib.suppress(Stopped):
        learner = _optimizer(form, fields, scope, report)
    if "update" in fields:
        every = _period(fields["update"], scope, report)
    if goal is None or learner is None or len(report.errors) > before:
        raise Stopped(form.name)
    return Training(goal.name, learner.name, cast("dict[str, float]", learner.model_dump()), every)


def _fields(form: Form, report: Report) -> dict[str, Field]:
    out: dict[str, Field] = {}
    for entry in form.fields():
        place = entry.name_span.span
        if entry.name not in FIELDS:
            unknown(report, "E0402", "field of a model", entry.name, FIELDS, place)
        elif entry.name in out:
            doubled(report, f"`{entry.name}` is given twice", place, out[entry.name].name_span.span)
        else:
            out[entry.name] = entry
    return out


FITTING = {"objective": ("next_token",), "optimizer": ("adamw",)}


def _part(field: Field, scope: Scope, report: Report) -> Part:
    if isinstance(field.value, Every | Renewed | Quantity):
        raise problem(report, "E0407", f"`{field.name}` is no time", field.value.span, "write a part")
    _refuse_form(field.value, scope, report)
    return part(field.name, field.value, scope.constants.values, report, FITTING[field.name])[0]


def _refuse_form(expr: Expr, scope: Scope, report: Report) -> None:
    expr = resolve(expr, scope.constants.values)
    name = expr.function if isinstance(expr, Call) else expr
    forms = {form.name for form in scope.file.forms() if form.kind == "optimizer"}
    if isinstance(name, Name) and name.text in forms:
        message, label = "optimizer forms are checked, but not built yet", "write `adamw(lr=…)`"
        raise problem(report, "E0419", message, expr.span, label)


def _objective(form: Form, fields: dict[str, Field], scope: Scope, report: Report) -> Part:
    if "objective" not in fields:
        message, label = f"model `{form.name}` has no objective", "nothing says what its training improves"
        fix = field_before(form, "objective: next_token")
        notes = [] if fix else ["add `objective: next_token`"]
        raise problem(report, "E0410", message, form.name_span.span, label, notes=notes, fix=fix)
    goal = _part(fields["objective"], scope, report)
    if goal.name != "next_token":
        place = fields["objective"].value.span
        message = f"`{goal.name}` cannot be a model's objective"
        raise problem(report, "E0415", message, place, "write `next_token`")
    return goal


def _optimizer(form: Form, fields: dict[str, Field], scope: Scope, report: Report) -> Optimizer:
    span = form.name_span.span
    field = fields.get("optimizer") or Field("optimizer", Name("adamw", span=span), span=span)
    learner = cast(Optimizer, _part(field, scope, report))
    if learner.name != "adamw":
        message = f"`{learner.name}` cannot be a model's optimizer"
        raise problem(report, "E0415", message, field.value.span, "write `adamw(lr=…)`")
    return learner


def _period(field: Field, scope: Scope, report: Report) -> Period:
    if not isinstance(field.value, Every):
        raise problem(report, "E0201", "`update` is a period", field.value.span, "write `every step`")
    every = period(field.value, scope.constants.values, report)
    if every.unit != "step":
        raise problem(report, "E0202", "a model is updated by steps", field.value.span, "write `every step`")
    return every
