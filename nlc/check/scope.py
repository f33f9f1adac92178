"""What the names of one file mean: its constants and the blocks it defines or uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nlc.check.axes import check_axes
from nlc.check.constants import Constants, constants
from nlc.check.problem import doubled, problem, unknown
from nlc.check.taken import check_name
from nlc.report import Report
from nlc.source import Span
from nlc.spec.expr import Expr
from nlc.spec.file import File, Form, Project, Use


@dataclass
class Scope:
    """One file's names. `blocks` maps a name to its form and to the scope it was written in."""

    file: File
    constants: Constants
    blocks: dict[str, tuple[Form, Scope]] = field(default_factory=dict[str, "tuple[Form, Scope]"])
    failed: set[str] = field(default_factory=set[str])
    """Names that `use` should have brought: their calls are silent."""


def scopes(project: Project, settings: Mapping[str, Expr], report: Report) -> Scope:
    """The main file's scope; files it uses are read into scopes of their own, each once."""
    made: dict[str, Scope] = {}

    def enter(file: File, given: Mapping[str, Expr]) -> Scope:
        scope = Scope(file, constants(file, given, report))
        _own(scope, report)
        for use in file.uses():
            if use.path not in made:
                made[use.path] = enter(project.file(use.path), {})
            _used(scope, use, made[use.path], report)
        return scope

    return enter(project.main, settings)


def _own(scope: Scope, report: Report) -> None:
    models: list[Form] = []
    seen: dict[tuple[str, str], Form] = {}
    for form in scope.file.forms():
        place = form.name_span.span
        check_axes(form, report)
        first = seen.setdefault((form.kind, form.name), form)
        if first is not form and form.kind in ("optimizer", "schedule"):
            doubled(report, f"{form.kind} `{form.name}` is defined twice", place, first.name_span.span)
        if form.kind == "memory":
            label = "put it into a block, or into the model"
            problem(report, "E0402", f"memory `{form.name}` stands in no block", place, label)
        elif form.kind == "model":
            models.append(form)
            check_name(form.name, "model", place, report)
        if form.kind != "block":
            continue
        check_name(form.name, "block", place, report)
        if form.name in scope.constants.places:
            first = scope.constants.places[form.name].span
            doubled(report, f"`{form.name}` is bound twice", place, first)
        elif form.name in scope.blocks:
            first = scope.blocks[form.name][0].name_span.span
            doubled(report, f"block `{form.name}` is defined twice", place, first)
        else:
            scope.blocks[form.name] = (form, scope)
    for model in models[1:]:
        first = models[0].name_span.span
        doubled(report, "a file has one model", model.name_span.span, first)


def _used(scope: Scope, use: Use, other: Scope, report: Report) -> None:
    for name in use.names:
        place = use_span(use, name)
        if name not in other.blocks:
            scope.failed.add(name)
            unknown(report, "E0414", f"block of `{use.path}`", name, other.blocks, place)
        elif name in scope.blocks:
            form, origin = scope.blocks[name]
            whose = "this file's own" if origin is scope else f"used from `{form.span.source.name}`"
            if form is not other.blocks[name][0]:
                message = f"block `{name}` means two things"
                doubled(report, message, place, form.name_span.span, f"one of them is {whose}: rename it")
        else:
            scope.blocks[name] = other.blocks[name]


def use_span(use: Use, name: str) -> Span:
    """The name within `use "path" (name, name)`; in YAML it may stand before or behind the path."""
    text = use.span.text
    start = text.find(use.path) + len(use.path) if use.path in text else 0
    at = text.find(name, start)
    if at < 0:
        return use.span
    return Span(use.span.source, use.span.start + at, use.span.start + at + len(name))
