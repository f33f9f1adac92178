"""`nlc graph`: the levels of a spec, derived and drawn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from nlc.cli import options
from nlc.cli.output import form_of, guard

Format = Literal["text", "mermaid", "dot", "svg"]
ENDINGS = {
    ".svg": "svg",
    ".dot": "dot",
    ".gv": "dot",
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".json": "json",
    ".txt": "text",
}


def graph(
    spec: options.Spec,
    form: Annotated[
        Format | None, typer.Option("--format", help="How to draw (as the file's ending says, or text).")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="A file instead of the screen: .svg, .dot, .mmd, .json or .txt."),
    ] = None,
    settings: options.Set = None,
    root: options.Root = None,
    budget: options.Budgets = None,
    parts: options.Parts = None,
    as_json: options.Json = False,
) -> None:
    """Draw the levels: which memories are faster, and what passes between them."""
    guard(output, spec)
    drawn = _form(form, output, as_json)
    with options.told(as_json):
        made = options.stages(spec, settings, root, budget)
        levels = made.graph
        options.warn(made.system.report)
    from nlc.level.draw import FORMATS

    if drawn == "json":
        options.put(options.to_json(json.loads(FORMATS["json"](levels))), output)
    else:
        options.put(FORMATS[drawn](levels), output)


def _form(form: Format | None, output: Path | None, as_json: bool) -> str:
    """What is drawn: what was asked for, else what the file's ending says; the two must not differ."""
    ending = form_of(output, ENDINGS)
    said = "json" if as_json else form
    if said and ending and said != ending:
        raise typer.BadParameter(
            f"`{output}` is for {ending}, and {said} was asked for: leave one of them out",
            param_hint="--json" if as_json else "--format",
        )
    return said or ending or "text"
