"""Spec to system: names resolved, families unrolled, shapes and periods known."""

from __future__ import annotations

import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager

from nlc.check.budget import Budget, check_budget
from nlc.check.idle import check_idle
from nlc.check.lines import Allowance
from nlc.check.lint import lint
from nlc.check.model import Made, outermost
from nlc.check.problem import Enough, Stopped, problem
from nlc.check.schedules import check_schedule, put_in
from nlc.check.scope import Scope, scopes
from nlc.check.settings import read_settings
from nlc.check.times import check_chain
from nlc.check.workshop import Workshop
from nlc.ir.system import System
from nlc.lock import origin, semantic_hash
from nlc.parts.registry import digests
from nlc.report import Report, SpecError
from nlc.spec.file import Form, Project
from nlc.write.nl import print_nl

FRAMES = 10_000
"""Python frames for the deepest spec that the budget allows: 64 blocks in one another."""

UNSIZED = ("E0301", "E0404", "E0407")
"""A constant without a value, or a shape that is none: nothing that uses it could be judged."""


def check(
    project: Project,
    settings: Mapping[str, str] | None = None,
    budget: Budget | None = None,
    length: int = 0,
) -> System:
    """The checked system; raises SpecError with every error found. Warnings are in `system.report`.

    `length`: tokens of the sequences that are meant (0: the spec's own `dim T`, if it has one).
    """
    report = Report()
    with _deep():
        try:
            return _check(project, settings or {}, budget or Budget(), length, report)
        except (Enough, Stopped):
            raise SpecError(report) from None
        except RecursionError:
            place = project.main.span
            problem(report, "E0416", "the spec is nested too deep", place, "its forms and expressions")
            raise SpecError(report) from None


def _check(
    project: Project, settings: Mapping[str, str], budget: Budget, length: int, report: Report
) -> System:
    given = read_settings(settings, project.main, report)
    scope = scopes(project, given, report)
    if any(found.code in UNSIZED for found in report.errors):
        raise Stopped
    workshop = Workshop(report, Allowance(budget.items, budget.items), budget.nesting)
    made = outermost(project, scope, workshop)
    check_chain(made.blocks if made else workshop.blocks.values(), workshop.sites, report)
    if made:
        lint(made, length or scope.constants.length, report)
        _schedules(project, made, scope, report)
    report.stop()
    assert made is not None, "a stopped check leaves an error"
    check_budget(made, scope.constants.length, budget, report)
    report.stop()
    check_idle(project, report)
    return System(
        name=made.form.name,
        kind=made.form.kind,
        blocks=made.blocks,
        vocab=made.vocab,
        length=scope.constants.length,
        training=made.training,
        settings=given,
        semantic_hash=semantic_hash(project, given, digests()),
        schedules=_put_in(project, scope),
        report=report,
        text=_text(project),
        origin=origin(project, given, digests()),
    )


def _text(project: Project) -> str:
    """The spec in `.nl`, whichever way it was written."""
    source = project.main.span.source
    return source.text if source.name.endswith(".nl") else print_nl(project.main)


def _schedules(project: Project, made: Made, scope: Scope, report: Report) -> None:
    """Targets are known only where all memories are."""
    if report.errors:
        return
    for form in project.main.forms():
        if form.kind == "schedule":
            check_schedule(form, made.blocks, scope.constants.values, report)


def _put_in(project: Project, scope: Scope) -> dict[str, Form]:
    """Schedules by their backends, with constants put in."""
    forms = [form for form in project.main.forms() if form.kind == "schedule"]
    return {form.name: put_in(form, scope.constants.values) for form in forms}


@contextmanager
def _deep() -> Generator[None]:
    """More frames than Python allows by itself, for as long as a check runs."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, FRAMES))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


__all__ = ["Budget", "check"]
