"""`nlc check`: what is wrong with these specs, all of it at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nlc.cli import options
from nlc.cli.fixing import mend, tell
from nlc.report import Fix, Report, SpecError


def check(
    specs: Annotated[
        list[Path], typer.Argument(metavar="SPEC…", exists=True, dir_okay=False, help=".nl or YAML files.")
    ],
    settings: options.Set = None,
    root: options.Root = None,
    budget: options.Budgets = None,
    fix: Annotated[bool, typer.Option("--fix", help="Write the fixes that are safe into the specs.")] = False,
    parts: options.Parts = None,
    as_json: options.Json = False,
) -> None:
    """Say what is wrong with specs, without running anything."""
    reports: list[Report] = []
    done: list[Fix] = []
    for path in specs:
        report, made = _look(path, settings, root, budget, fix)
        reports.append(report)
        done += made
    diagnostics = [diagnostic for report in reports for diagnostic in report.json()]
    if as_json:
        fixed = [each.json() for each in done]
        options.print_json({"fixed": fixed, "diagnostics": diagnostics} if fix else diagnostics)
    else:
        tell(done)
        for report in reports:
            options.warn(report)
        words = options.summary(reports)
        options.say(words if words != "fine" else f"{_names(specs)}: fine")
    if any(report.errors for report in reports):
        raise typer.Exit(1)


def _look(
    path: Path, settings: list[str] | None, root: Path | None, budget: str | None, fix: bool
) -> tuple[Report, list[Fix]]:
    """What is wrong, and what was fixed before that was said."""
    if not fix:
        return _report(path, settings, root, budget), []
    return mend(lambda: _report(path, settings, root, budget), root or path.parent)


def _report(path: Path, settings: list[str] | None, root: Path | None, budget: str | None) -> Report:
    try:
        made = options.stages(path, settings, root, budget)
        _ = made.graph  # circles that only the order of the text shows are found when levels are derived
        return made.system.report
    except SpecError as wrong:
        return wrong.report


def _names(specs: list[Path]) -> str:
    return str(specs[0]) if len(specs) == 1 else f"{len(specs)} specs"
