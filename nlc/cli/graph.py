"""`nlc graph`: the levels of a spec, derived and drawn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from nlc.cli import options

Format = Literal["text", "mermaid", "dot", "svg"]


def graph(
    spec: options.Spec,
    form: Annotated[Format, typer.Option("--format", help="How to draw.")] = "text",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A file instead of the screen.")
    ] = None,
    settings: options.Set = None,
    root: options.Root = None,
    budget: options.Budgets = None,
    parts: options.Parts = None,
    as_json: options.Json = False,
) -> None:
    """Draw the levels: which memories are faster, and what passes between them."""
    with options.told(as_json):
        made = options.stages(spec, settings, root, budget)
        levels = made.graph
        options.warn(made.system.report)
    from nlc.level.draw import FORMATS

    if as_json:
        options.put(options.to_json(json.loads(FORMATS["json"](levels))), output)
    else:
        options.put(FORMATS[form](levels), output)
