"""`nlc check`: what is wrong with these specs, all of it at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nlc.cli import options
from nlc.report import Report, SpecError


def check(
    specs: Annotated[
        list[Path], typer.Argument(metavar="SPEC…", exists=True, dir_okay=False, help=".nl or YAML files.")
    ],
    settings: options.Set = None,
    root: options.Root = None,
    budget: options.Budgets = None,
    as_json: options.Json = False,
) -> None:
    """Say what is wrong with specs, without running anything."""
    reports = [_report(path, settings, root, budget) for path in specs]
    if as_json:
        options.print_json([diagnostic for report in reports for diagnostic in report.json()])
    else:
        for report in reports:
            options.warn(report)
        words = options.summary(reports)
        options.say(words if words != "fine" else f"{_names(specs)}: fine")
    if any(report.errors for report in reports):
        raise typer.Exit(1)


def _report(path: Path, settings: list[str] | None, root: Path | None, budget: str | None) -> Report:
    try:
        made = options.stages(path, settings, root, budget)
        _ = made.graph  # circles that only the order of the text shows are found when levels are derived
        return made.system.report
    except SpecError as wrong:
        return wrong.report


def _names(specs: list[Path]) -> str:
    return str(specs[0]) if len(specs) == 1 else f"{len(specs)} specs"
