"""`nlc plan`: what a spec would cost and which kernel serves each memory, before anything is written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from nlc.cli import options
from nlc.cli.compile import Backend, compared, table, why_no_import
from nlc.run.stages import Stages


def plan(
    spec: options.Spec,
    length: Annotated[int, typer.Option(min=0, help="Tokens of a sequence (0: the spec's own).")] = 0,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Also say what `compile -o` would write there.")
    ] = None,
    backend: Annotated[
        Backend, typer.Option("--backend", help="triton: also say which memories have kernels for a GPU.")
    ] = "torch",
    settings: options.Set = None,
    root: options.Root = None,
    budget: options.Budgets = None,
    parts: options.Parts = None,
    as_json: options.Json = False,
) -> None:
    """Say parameters, state, FLOPs, and each memory's kernel and why."""
    with options.told(as_json):
        made = options.stages(spec, settings, root, budget, length, backend=backend)
        lowered = made.plan
        options.warn(made.system.report)
        if output is not None:
            _ = made.files
    from nlc.lower import show, show_gpu

    planned = _planned(made, output) if output is not None else {}
    if as_json:
        on_gpu = (
            {"gpu": show_gpu.gpu(lowered), "chains": show_gpu.fused(lowered)} if backend == "triton" else {}
        )
        options.print_json({**show.json(lowered), **on_gpu, **planned})
        return
    options.put(show.text(lowered), None)
    if backend == "triton":
        options.put(show_gpu.text(lowered), None)
    if planned:
        lines = [f"  {line}" for line in table(planned).splitlines()]
        options.put("\n".join(["", str(output), *lines]), None)


def _planned(made: Stages, output: Path) -> dict[str, Any]:
    """What `compile -o` would do there."""
    from nlc.emit import changes, lock_of

    if why := why_no_import(output):
        options.remark(why)
    return {"files": changes(made.files, output), **compared(lock_of(output), made)}
