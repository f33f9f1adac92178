"""What every command that takes a spec understands, and how stages and errors meet the terminal."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nlc.cli import completion
from nlc.cli.answer import print_json, remark, say, to_json, warn
from nlc.cli.output import put
from nlc.report import Report, SpecError
from nlc.run.stages import Stages

if TYPE_CHECKING:
    from nlc.check import Budget

Spec = Annotated[
    Path, typer.Argument(metavar="SPEC", exists=True, dir_okay=False, help="A .nl or YAML file.")
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        autocompletion=completion.settings,
        help="Choose a param or a dim; repeatable.",
    ),
]
Root = Annotated[
    Path | None,
    typer.Option(exists=True, file_okay=False, help="The folder that `use` may read from (the spec's own)."),
]
Budgets = Annotated[
    str | None,
    typer.Option("--budget", metavar="NAME=NUMBER,…", help="Allow more: parameters, state_bytes, …"),
]


def _add(files: list[Path] | None) -> list[Path] | None:
    """Own parts are there before anything is looked up."""
    if files:
        from nlc.parts import registry

        registry.add(files)
    return files


Parts = Annotated[
    list[Path] | None,
    typer.Option(
        "--parts",
        metavar="FILE.py",
        callback=_add,
        exists=True,
        dir_okay=False,
        help="Parts of your own; the file is run; repeatable.",
    ),
]
"""Taken by every command that reads a spec. The option acts by itself: parts belong to the process."""
Json = Annotated[bool, typer.Option("--json", help="The same result for programs.")]


def stages(
    path: Path,
    settings: list[str] | None,
    root: Path | None,
    budget: str | None,
    length: int = 0,
    **more: Any,
) -> Stages:
    """The stages of a spec with the command line's wishes; `more` are fields of `Stages`."""
    return Stages(path, root, pairs(settings or []), allowed(budget), length, **more)


def pairs(settings: Sequence[str], option: str = "--set") -> dict[str, str]:
    found: dict[str, str] = {}
    for setting in settings:
        name, sign, value = setting.partition("=")
        if not (sign and name.strip() and value.strip()):
            raise typer.BadParameter(f"`{setting}` is not NAME=VALUE", param_hint=option)
        found[name.strip()] = value.strip()
    return found


def chosen(package: Path) -> list[str]:
    """What the lock of a package says was chosen by `--set`, as it is written on a command line."""
    from nlc.emit import lock_of

    found = lock_of(package)
    return [f"{name}={value}" for name, value in found.settings.items()] if found else []


def allowed(budget: str | None) -> Budget | None:
    if budget is None:
        return None
    from nlc.check import Budget

    try:
        return Budget.of(budget)
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong), param_hint="--budget") from wrong


MOST = 24
"""Names that a message lists."""


@contextmanager
def told(as_json: bool) -> Generator[None]:
    """A wrong spec ends the command with 1: diagnostics on standard error, or as JSON on standard output."""
    try:
        yield
    except SpecError as wrong:
        warn(wrong.report)
        if as_json:
            print_json({})
        else:
            say(summary([wrong.report]))
        raise typer.Exit(1) from wrong


def no_such(what: str, word: str, known: Iterable[str]) -> str:
    """`there is no memory `man`: did you mean `main`?`, or what there is."""
    from nlc.suggest import nearest

    known = list(known)
    close = nearest(word, known)
    way = (
        f"did you mean `{close}`?"
        if close
        else f"there is {', '.join(known[:MOST])}{', …' if len(known) > MOST else ''}"
    )
    return f"there is no {what} `{word}`: {way}"


def summary(reports: Sequence[Report]) -> str:
    """`2 errors, 1 warning`."""
    errors = sum(len(report.errors) for report in reports)
    warnings = sum(len(report.diagnostics) for report in reports) - errors
    counts = ((errors, "error"), (warnings, "warning"))
    return (
        ", ".join(f"{count} {name}{'' if count == 1 else 's'}" for count, name in counts if count) or "fine"
    )


__all__ = [
    "no_such",
    "pairs",
    "print_json",
    "put",
    "remark",
    "say",
    "stages",
    "summary",
    "to_json",
    "told",
    "warn",
]
