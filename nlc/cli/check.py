"""`nlc check`: what is wrong with these specs, all of it at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from nlc.cli import answer, options
from nlc.cli.fixing import mend, tell
from nlc.cli.specs import STDIN, Found, find, known
from nlc.report import Fix, Report, SpecError


@dataclass(frozen=True)
class Wishes:
    """What the command line says about every spec."""

    settings: list[str] | None
    root: Path | None
    budget: str | None


def check(
    specs: Annotated[
        list[Path],
        typer.Argument(
            metavar="SPEC…",
            help=".nl or YAML files, folders of such, `-` for .nl on standard input.",
        ),
    ],
    watch: Annotated[bool, typer.Option("--watch", help="Check again whenever a file changes.")] = False,
    settings: options.Set = None,
    root: options.Root = None,
    budget: options.Budgets = None,
    fix: Annotated[bool, typer.Option("--fix", help="Write the fixes that are safe into the specs.")] = False,
    parts: options.Parts = None,
    as_json: options.Json = False,
) -> None:
    """Say what is wrong with specs, without running anything."""
    wishes = Wishes(settings, root, budget)
    if STDIN in specs and (watch or fix):
        raise typer.BadParameter("--watch and --fix are for files and folders, not for standard input")
    if watch and fix:
        raise typer.BadParameter("--watch and --fix do not go together: run one, then the other")
    found = known(specs, root)
    if watch:
        _watch(specs, wishes, as_json)
    if _answer(found, wishes, as_json, fix=fix):
        raise typer.Exit(1)


def _answer(
    found: Sequence[Found],
    wishes: Wishes,
    as_json: bool,
    fix: bool = False,
    seen: set[Path] | None = None,
    when: str = "",
) -> int:
    """Check all and tell; how many errors there are."""
    reports, done = list[Report](), list[Fix]()
    for spec in found:
        report, made = _look(spec, wishes, seen, fix)
        reports.append(report)
        done += made
    if not as_json:
        tell(done)
    options.warn(Report([found for report in reports for found in report.diagnostics]))
    errors = sum(len(report.errors) for report in reports)
    if as_json:
        fixed = {"fixed": [each.json() for each in done]} if fix else {}
        options.print_json({"specs": [spec.name for spec in found], "errors": errors, **fixed})
        return errors
    words = options.summary(reports)
    if words == "fine":
        words = f"{found[0].name if len(found) == 1 else f'{len(found)} specs'}: fine"
    options.say(f"{when}{words}")
    return errors


def _look(spec: Found, wishes: Wishes, seen: set[Path] | None, fix: bool) -> tuple[Report, list[Fix]]:
    """What is wrong, and what was fixed before that was said."""
    if not fix:
        return _report(spec, wishes, seen), []
    return mend(lambda: _report(spec, wishes, seen), spec.root or spec.path.parent)


def _report(spec: Found, wishes: Wishes, seen: set[Path] | None) -> Report:
    try:
        made = options.stages(spec.path, wishes.settings, spec.root, wishes.budget, text=spec.text, seen=seen)
        _ = made.graph  # circles that only the order of the text shows are found when levels are derived
        return made.system.report
    except SpecError as wrong:
        return wrong.report


def _watch(specs: Sequence[Path], wishes: Wishes, as_json: bool) -> None:
    """Check now and after every change, until interrupted."""
    from nlc.cli.watch import Seen, changes, clear, clock

    seen = Seen()

    def watched() -> set[Path]:
        return {spec.path for spec in find(specs, wishes.root)}

    try:
        for _ in changes(watched, seen):
            answer.begin(as_json, lines=True)
            clear()
            try:
                _answer(find(specs, wishes.root), wishes, as_json, seen=seen, when=f"{clock()}  ")
            except OSError as gone:  # it may come back: some editors take a file away and put a new one there
                answer.fail(2, f"{gone.filename}: {gone.strerror}")
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
