"""`nlc plan`: what a spec would cost and which kernel serves each memory, before anything is written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from nlc.cli import options


def plan(
    spec: options.Spec,
    length: Annotated[int, typer.Option(min=0, help="Tokens of a sequence (0: the spec's own).")] = 0,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Also say what `compile -o` would write there.")
    ] = None,
    settings: options.Set = None,
    root: options.Root = None,
    budget: options.Budgets = None,
    parts: options.Parts = None,
    as_json: options.Json = False,
) -> None:
    """Say parameters, state, FLOPs, and each memory's kernel and why."""
    with options.told(as_json):
        made = options.stages(spec, settings, root, budget, length)
        lowered = made.plan
        options.warn(made.system.report)
        files = made.files if output is not None else {}
    from nlc.lower import show

    changes: Mapping[str, str] = {}
    if output is not None:
        from nlc.emit import changes as compare

        changes = compare(files, output)
    if as_json:
        options.print_json({**show.json(lowered), **({"files": changes} if output is not None else {})})
        return
    options.put(show.text(lowered), None)
    if changes:
        width = max(map(len, changes))
        options.put("\n".join(["", str(output), *(f"  {n:<{width}}  {c}" for n, c in changes.items())]), None)
