"""`nlc graph`: the levels of a spec, derived and drawn."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from nlc.cli import options


class Format(StrEnum):
    """How the levels are drawn."""

    text = "text"
    mermaid = "mermaid"
    dot = "dot"
    svg = "svg"


def graph(
    spec: options.Spec,
    form: Annotated[Format, typer.Option("--format", help="How to draw.")] = Format.text,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A file instead of the screen.")
    ] = None,
    settings: options.Set = None,
    root: options.Root = None,
    budget: options.Budgets = None,
    as_json: options.Json = False,
) -> None:
    """Draw the levels: which memories are faster, and what passes between them."""
    with options.told(as_json):
        made = options.stages(spec, settings, root, budget)
        levels = made.graph
        options.warn(made.system.report)
    from nlc.level.draw import FORMATS

    options.put(FORMATS["json" if as_json else form.value](levels), output)
