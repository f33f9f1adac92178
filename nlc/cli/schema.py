"""`nlc schema`: the JSON Schema of the YAML form, which editors complete and check by."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nlc.cli import options
from nlc.cli.output import guard


def schema(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A file instead of the screen.")
    ] = None,
    parts: options.Parts = None,
    as_json: options.Json = False,
) -> None:
    """Write the JSON Schema of specs in YAML, your own parts included."""
    guard(output)
    from nlc.parts.schema import schema as make

    options.put(options.to_json(make()), output)
