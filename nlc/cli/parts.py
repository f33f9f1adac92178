"""`nlc parts`: the vocabulary, and the laws that a part of one's own has to keep."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nlc.cli import completion, options

if TYPE_CHECKING:
    from nlc.run.laws import Outcome

Test = Annotated[
    list[Path] | None,
    typer.Option(
        "--test",
        metavar="FILE.py",
        exists=True,
        dir_okay=False,
        help="Judge the parts of this file by the laws that every part keeps; repeatable.",
    ),
]


def parts(
    kind: Annotated[
        str | None,
        typer.Argument(
            metavar="KIND",
            autocompletion=completion.kinds,
            help="structure, objective, optimizer, retention, init or op.",
        ),
    ] = None,
    own: options.Parts = None,
    test: Test = None,
    as_json: options.Json = False,
) -> None:
    """List the parts that specs are made of, or test parts of your own."""
    from nlc.parts.describe import every, table
    from nlc.parts.registry import KINDS

    if kind is not None and kind not in KINDS:
        raise typer.BadParameter(options.no_such("kind of part", kind, KINDS), param_hint="KIND")
    if test:
        _judge(test, kind, as_json)
        return
    found = list(every(kind))
    if as_json:
        options.print_json({"parts": [each.json() for each in found]})
    else:
        options.put(table(found), None)


def _judge(files: Sequence[Path], kind: str | None, as_json: bool) -> None:
    """Each law's outcome; exit code 1 if one is broken."""
    from dataclasses import asdict

    from nlc.parts.registry import add, owners

    add(files)
    from nlc.run.laws import judge

    tested = {str(file.resolve()) for file in files}
    own = (own.part for own in owners().values() if own.file in tested)
    found = [part for part in own if kind in (None, part.kind)]
    outcomes = [outcome for part in found for outcome in judge(part)]
    broken = sum(not outcome.holds for outcome in outcomes)
    if as_json:
        options.print_json({"laws": [asdict(outcome) for outcome in outcomes], "broken": broken})
    else:
        options.put(_table(outcomes), None)
        options.say(f"{broken} of {len(outcomes)} laws are broken" if broken else "all laws hold")
    if broken:
        raise typer.Exit(1)


def _table(outcomes: Sequence[Outcome]) -> str:
    """Part, law, whether it holds, what was found."""
    rows = [(f"{o.kind} {o.name}", o.law, "holds" if o.holds else "broken", o.found) for o in outcomes]
    widths = [max(len(row[column]) for row in rows) for column in range(3)] if rows else []
    lines: list[str] = []
    before = ""
    for row in rows:
        cells = ("" if row[0] == before else row[0], *row[1:3])
        lines.append("  ".join([*(f"{c:<{w}}" for c, w in zip(cells, widths, strict=True)), row[3]]))
        before = row[0]
    return "\n".join(lines)
