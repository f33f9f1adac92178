"""Optimizer forms: their parts, fields and names are checked; their code is not generated yet."""

from __future__ import annotations

from nlc.check.arguments import part
from nlc.check.draft import FIELDS
from nlc.check.problem import Stopped, unknown
from nlc.check.scope import Scope
from nlc.parts.registry import names
from nlc.report import Report
from nlc.spec.expr import Call, Expr, Name, walk
from nlc.spec.file import Effect, Field, Form, Let, Return
from nlc.spec.time import Every, Quantity, Renewed

GIVEN = ("g", "w", "x", "e")
FUNCTIONS = ("orthogonalize", "rows", "cols")
PARTS = {"structure", "objective", "optimizer", "retention", "init"}


def check_optimizer(form: Form, scope: Scope, report: Report) -> None:
    """Every name known, every field a field, every part a part."""
    memories = {inner.name for inner in form.forms("memory")}
    lets = {entry.name for entry in form.entries if isinstance(entry, Let)}
    inputs = {item.name for item in form.inputs}
    known = {*GIVEN, *FUNCTIONS, *inputs, *lets, *memories, *scope.constants.values, *names("op")}
    for entry in form.entries:
        match entry:
            case Let(value=value) | Return(value=value):
                _names(value, known, report)
            case Effect(call=call):
                _names(call, known, report)
            case Field(name=name) if name != "otherwise":
                unknown(report, "E0402", "field of an optimizer", name, ("otherwise",), entry.name_span.span)
            case Form():
                _memory(entry, known, scope, report)
            case _:
                pass


def _memory(form: Form, known: set[str], scope: Scope, report: Report) -> None:
    inner = known | {item.name for item in form.inputs}
    for entry in form.fields():
        if entry.name not in FIELDS:
            unknown(report, "E0402", "field of a memory", entry.name, FIELDS, entry.name_span.span)
            continue
        if isinstance(entry.value, Every | Renewed | Quantity):
            continue
        if entry.name in PARTS:
            try:
                part(entry.name, entry.value, scope.constants.values, report)
            except Stopped:
                continue
        else:
            _names(entry.value, inner, report)


def _names(expr: Expr, known: set[str], report: Report) -> None:
    named = {id(node.function) for node in walk(expr) if isinstance(node, Call)}
    for node in walk(expr):
        if isinstance(node, Name) and node.text not in known:
            what = "function" if id(node) in named else "name"
            unknown(report, "E0404", what, node.text, known, node.span)
