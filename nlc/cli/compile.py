"""`nlc compile`: a spec to a package of PyTorch that stands alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import typer

from nlc.cli import options
from nlc.cli.show import picture
from nlc.run.stages import Stages

Stop = Literal["read", "check", "level", "lower"]


def compile(
    spec: options.Spec,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The package's folder.")] = None,
    stop: Annotated[
        Stop | None, typer.Option("--stop-after", help="Print the result of this stage instead.")
    ] = None,
    settings: options.Set = None,
    root: options.Root = None,
    budget: options.Budgets = None,
    parts: options.Parts = None,
    as_json: options.Json = False,
) -> None:
    """Write the package: readable PyTorch that never imports nlc."""
    if (output is None) == (stop is None):
        raise typer.BadParameter("say where to write (-o DIR), or where to stop (--stop-after STAGE)")
    with options.told(as_json):
        made = options.stages(spec, settings, root, budget)
        if output is None:
            options.put(picture(made, "plan" if stop == "lower" else stop or "check"), None)
            return
        written, changes = _write(made, output)
        options.warn(made.system.report)
    if as_json:
        options.print_json({"folder": str(output), "files": changes})
        return
    width = max(len(path.name) for path in written)
    for path in written:
        options.put(f"{path.name:<{width}}  {changes.get(path.name, 'new')}", None)
    options.say(f"wrote {output}")


def _write(made: Stages, output: Path) -> tuple[list[Path], Mapping[str, str]]:
    files = made.files
    from nlc.emit import changes

    found = changes(files, output)
    return made.write(output), found
