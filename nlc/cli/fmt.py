"""`nlc fmt`: the one style of a spec, its comments kept."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Annotated

import typer

from nlc.cli import options
from nlc.cli.specs import STDIN, Found, known
from nlc.report import Report, SpecError


@dataclass(frozen=True)
class Result:
    """One spec as it is and as it should be; both are the same where it cannot be read."""

    spec: Found
    old: str = ""
    new: str = ""
    wrong: Report | None = None

    @property
    def is_text(self) -> bool:
        """From standard input, so that the result goes to standard output."""
        return self.spec.text is not None


def fmt(
    specs: Annotated[
        list[Path],
        typer.Argument(
            metavar="SPEC…", help=".nl or YAML files, folders of such, `-` for .nl on standard input."
        ),
    ],
    check: Annotated[
        bool, typer.Option("--check", help="Only say which files would change (exit 1).")
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Only show what would change (exit 1).")] = False,
    as_json: options.Json = False,
) -> None:
    """Write specs in the one style; from standard input to standard output."""
    if specs.count(STDIN) > 1:
        raise typer.BadParameter("standard input is read once")
    results = [_format(spec) for spec in known(specs)]
    changed = [result for result in results if result.new != result.old]
    only_told = check or diff
    if not only_told:
        for result in changed:
            if not result.is_text:
                _write(result.spec.path, result.new)
    wrong = [result.wrong for result in results if result.wrong is not None]
    options.warn(Report([diagnostic for report in wrong for diagnostic in report.diagnostics]))
    if as_json:
        texts = [result.new for result in results if result.is_text and not result.wrong]
        read = {"text": texts[0]} if texts else {}
        options.print_json({"changed": [result.spec.name for result in changed], **read})
    else:
        _tell(results, changed, diff, only_told)
    if wrong or (changed and only_told):
        raise typer.Exit(1)


def _tell(results: list[Result], changed: list[Result], diff: bool, only_told: bool) -> None:
    if not only_told:
        for result in results:
            if result.is_text and not result.wrong:
                options.put(result.new, None)
    for result in changed:
        if diff:
            options.put("".join(_difference(result)), None)
        if only_told or not result.is_text:
            options.say(f"{'would format' if only_told else 'formatted'} {result.spec.name}")


def _format(spec: Found) -> Result:
    from nlc.read.uses import load, parse_any
    from nlc.write.layout import format_yaml
    from nlc.write.nl import format_nl

    try:
        if isinstance(spec.text, SpecError):
            raise spec.text
        source = spec.text or load(spec.path, spec.name)
        file = parse_any(source)
        yaml = spec.path.suffix in (".yaml", ".yml")
        new = format_yaml(source) if yaml else format_nl(source, file)
        return Result(spec, source.text if spec.text else _text(spec.path), new)
    except SpecError as wrong:
        return Result(spec, wrong=wrong.report)


def _text(path: Path) -> str:
    with path.open(encoding="utf-8", newline="") as file:
        return file.read()


def _write(path: Path, text: str) -> None:
    from nlc.run.disk import replace

    replace(path.resolve(), text.encode())


def _difference(result: Result) -> list[str]:
    old, new = result.old.splitlines(keepends=True), result.new.splitlines(keepends=True)
    return list(unified_diff(old, new, result.spec.name, f"{result.spec.name} (formatted)"))
