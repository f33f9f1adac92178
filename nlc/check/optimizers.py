"""Optimizer forms: their parts, fields and names are checked; their code is not generated yet."""

from __future__ import annotations

from collections.abc import Mapping

from nlc.check.arguments import part
from nlc.check.draft import FIELDS
from nlc.check.evaluation import Constant
from nlc.check.instance import defaults
from nlc.check.mentions import check_names
from nlc.check.problem import Stopped, doubled, problem, unknown
from nlc.check.scope import Scope
from nlc.parts.registry import names
from nlc.report import Report
from nlc.spec.file import Effect, Field, Form, Let, Return
from nlc.spec.time import Every, Quantity, Renewed

GIVEN = ("g", "w", "x", "e")
FUNCTIONS = ("orthogonalize", "rows", "cols")
PARTS = ("structure", "objective", "optimizer", "retention", "init")


def check_optimizer(form: Form, scope: Scope, report: Report) -> None:
    """Every name known, every field a field, every part a part."""
    memories = {inner.name for inner in form.forms("memory")}
    lets = {entry.name for entry in form.entries if isinstance(entry, Let)}
    inputs = {item.name for item in form.inputs}
    known = {*GIVEN, *inputs, *lets, *memories, *scope.constants.values}
    functions = {*FUNCTIONS, *memories, *names("op")}
    values = scope.constants.values | defaults(form, scope)
    for entry in form.entries:
        match entry:
            case Let(value=value) | Return(value=value) | Effect(call=value):
                check_names(value, known, functions, report)
            case Field():
                _otherwise(entry, values, report)
            case Form(kind="memory"):
                _memory(entry, known, functions, values, report)
            case Form(kind=kind):
                label = "move it out"
                problem(report, "E0402", f"a {kind} stands in no optimizer", entry.name_span.span, label)
    if not any(isinstance(entry, Return) for entry in form.entries):
        label = "add `return …`, the step that is taken away"
        problem(report, "E0405", f"`{form.name}` returns nothing", form.name_span.span, label)


def _otherwise(entry: Field, values: Mapping[str, Constant], report: Report) -> None:
    if entry.name != "otherwise":
        place = entry.name_span.span
        unknown(report, "E0402", "field of an optimizer", entry.name, ("otherwise",), place)
    elif isinstance(entry.value, Every | Renewed | Quantity):
        problem(report, "E0407", "`otherwise` is no time", entry.value.span, "write `adamw(lr=…)`")
    else:
        try:
            part("optimizer", entry.value, values, report)
        except Stopped:
            return


def _memory(
    form: Form, known: set[str], functions: set[str], values: Mapping[str, Constant], report: Report
) -> None:
    inner = known | {item.name for item in form.inputs}
    inner |= {entry.name for entry in form.entries if isinstance(entry, Let)}
    seen: dict[str, Field] = {}
    for entry in form.fields():
        place = entry.name_span.span
        if entry.name not in FIELDS:
            unknown(report, "E0402", "field of a memory", entry.name, FIELDS, place)
        elif entry.name in seen:
            doubled(report, f"`{entry.name}` is given twice", place, seen[entry.name].name_span.span)
        elif isinstance(entry.value, Every | Renewed | Quantity):
            pass
        elif entry.name in PARTS:
            try:
                part(entry.name, entry.value, values, report)
            except Stopped:
                continue
        else:
            check_names(entry.value, inner, functions, report)
        seen[entry.name] = entry
