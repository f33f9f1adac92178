"""Spec to system: names resolved, families unrolled, shapes and periods known."""

from __future__ import annotations

from collections.abc import Mapping

from nlc.check.budget import Budget, check_budget
from nlc.check.constants import read_settings
from nlc.check.lint import lint
from nlc.check.model import outermost
from nlc.check.problem import Stopped
from nlc.check.scope import scopes
from nlc.check.times import check_chain
from nlc.ir.system import System
from nlc.lock import semantic_hash
from nlc.report import Report
from nlc.spec.file import Project


def check(
    project: Project, settings: Mapping[str, str] | None = None, budget: Budget | None = None
) -> System:
    """The checked system; raises SpecError with every error found. Warnings are in `system.report`."""
    report = Report()
    budget = budget or Budget()
    given = read_settings(settings or {}, project.main, report)
    scope = scopes(project, given, report)
    report.stop()
    try:
        made = outermost(project, scope, report, budget)
    except Stopped:
        made = None
    report.stop()
    assert made is not None, "a stopped check leaves an error"
    check_chain(made.blocks, report)
    lint(made, report)
    report.stop()
    check_budget(made, budget, report)
    report.stop()
    return System(
        name=made.form.name,
        kind=made.form.kind,
        blocks=made.blocks,
        vocab=made.vocab,
        length=made.length,
        training=made.training,
        settings=given,
        semantic_hash=semantic_hash(project, given),
        schedule=next((form for form in project.main.forms() if form.kind == "schedule"), None),
        report=report,
        text=project.main.span.source.text,
    )


__all__ = ["Budget", "check"]
