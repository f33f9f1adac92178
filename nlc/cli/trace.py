"""`nlc trace`: what every memory of a model does at every token of a text."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from nlc.cli import options
from nlc.cli.output import form_of, guard


def trace(
    target: Annotated[
        Path,
        typer.Argument(metavar="SPEC|RUN", exists=True, help="A spec (fresh parameters), or a run's folder."),
    ],
    text: Annotated[
        str | None, typer.Option(help="What the model reads (the validation text's beginning).")
    ] = None,
    tokens: Annotated[int, typer.Option(min=2, max=256, help="How much of it.")] = 128,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE.svg", help="Draw it: token × memory.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of fresh parameters.")] = 0,
    settings: options.Set = None,
    root: options.Root = None,
    budget: options.Budgets = None,
    parts: options.Parts = None,
    as_json: options.Json = False,
) -> None:
    """Show what every memory does at every token: loss, rate, kept fraction, writes, landings."""
    from nlc.run.trace.subject import of_run, of_spec

    guard(output, target)
    form_of(output, {".svg": "svg"})
    data = None if text is None else os.fsencode(text)
    if data == b"":
        raise typer.BadParameter("a trace needs at least one byte", param_hint="--text")
    if target.is_dir():
        made = of_run(target, data, tokens)
    else:
        with options.told(as_json):
            stages = options.stages(target, settings, root, budget)
            options.warn(stages.system.report)
            _ = stages.files
        made = of_spec(stages, data, tokens, seed)
    if output is not None:
        from nlc.run.trace.picture import svg

        options.put(svg(made), output)
    if as_json:
        from nlc.run.trace.rows import json

        options.print_json(json(made))
    elif output is None:
        print("\n".join(made.lines()))
