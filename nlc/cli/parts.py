"""`nlc parts`: the vocabulary, and the laws that a part of one's own has to keep."""

from __future__ import annotations

from typing import Annotated

import typer

from nlc.cli import options


def parts(
    kind: Annotated[
        str | None,
        typer.Argument(metavar="KIND", help="structure, objective, optimizer, retention, init or op."),
    ] = None,
    own: options.Parts = None,
    as_json: options.Json = False,
) -> None:
    """List the parts that specs are made of, a line each."""
    from nlc.parts.describe import every, table
    from nlc.parts.registry import KINDS

    if kind is not None and kind not in KINDS:
        raise typer.BadParameter(options.no_such("kind of part", kind, KINDS), param_hint="KIND")
    found = list(every(kind))
    if as_json:
        options.print_json({"parts": [each.json() for each in found]})
    else:
        options.put(table(found), None)
