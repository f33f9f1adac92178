"""`nlc fmt`: the one style of a spec, its comments kept."""

from __future__ import annotations

from difflib import unified_diff
from pathlib import Path
from typing import Annotated

import typer

from nlc.cli import options
from nlc.report import Report, SpecError


def fmt(
    specs: Annotated[
        list[Path], typer.Argument(metavar="SPEC…", exists=True, dir_okay=False, help=".nl or YAML files.")
    ],
    check: Annotated[
        bool, typer.Option("--check", help="Only say which files would change (exit 1).")
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Only show what would change (exit 1).")] = False,
    as_json: options.Json = False,
) -> None:
    """Write specs in the one style."""
    results = [_format(path) for path in specs]
    wrong = [error for _, error in results if error is not None]
    changed = [
        (path, new)
        for path, (new, _) in zip(specs, results, strict=True)
        if new is not None and new != _text(path)
    ]
    for path, new in changed:
        if diff and not as_json:
            options.put("".join(_difference(path, new)), None)
        if not (check or diff):
            _write(path, new)
    options.warn(Report([diagnostic for error in wrong for diagnostic in error.report.diagnostics]))
    if as_json:
        options.print_json({"changed": [str(path) for path, _ in changed]})
    else:
        for path, _ in changed:
            options.say(f"{'would format' if check or diff else 'formatted'} {path}")
    if wrong or (changed and (check or diff)):
        raise typer.Exit(1)


def _format(path: Path) -> tuple[str | None, SpecError | None]:
    from nlc.read.uses import load, parse_any
    from nlc.write.layout import format_yaml
    from nlc.write.nl import format_nl

    try:
        source = load(path, str(path))
        file = parse_any(source)
        if path.suffix not in (".yaml", ".yml"):
            return format_nl(source, file), None
        return format_yaml(source), None
    except SpecError as wrong:
        return None, wrong


def _text(path: Path) -> str:
    with path.open(encoding="utf-8", newline="") as file:
        return file.read()


def _write(path: Path, text: str) -> None:
    from nlc.run.disk import replace

    replace(path.resolve(), text.encode())


def _difference(path: Path, new: str) -> list[str]:
    old = _text(path).splitlines(keepends=True)
    return list(unified_diff(old, new.splitlines(keepends=True), str(path), f"{path} (formatted)"))
