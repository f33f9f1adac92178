"""`nlc import`: a published checkpoint's folder becomes a run, and a run that was one goes back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from nlc.cli import options

RATE = 1e-4


def import_(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER",
            exists=True,
            file_okay=False,
            help="A Hugging Face folder of a Llama or a GPT-2; with --back, a run that was imported.",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="DIR", help="The run's folder (runs/NAME)."),
    ] = None,
    back: Annotated[
        bool, typer.Option("--back", help="Write config.json and model.safetensors of an imported run.")
    ] = False,
    levels: Annotated[
        str | None,
        typer.Option(
            metavar="TOKENS,…", help="Feed-forward layers learn in the sequence: a period for each group."
        ),
    ] = None,
    rate: Annotated[
        float | None, typer.Option(min=0.0, help=f"How fast they learn ({RATE:g}); at 0 nothing changes.")
    ] = None,
    budget: options.Budgets = None,
    as_json: options.Json = False,
) -> None:
    """Make a run of a checkpoint's folder (config.json, safetensors), or the folder of such a run."""
    if back:
        if output is None or levels or rate is not None or budget:
            raise typer.BadParameter("--back goes with -o DIR and with nothing else")
        from nlc.run.folder import Folder
        from nlc.run.hub.back import write

        _tell(write(Folder(folder), output), as_json)
        return
    if rate is not None and levels is None:
        raise typer.BadParameter("--rate is that of --levels", param_hint="--rate")
    periods = _periods(levels)
    from nlc.run.folder import Folder
    from nlc.run.hub.bring import Import
    from nlc.run.hub.folder import HubFolder
    from nlc.run.hub.spec import Levels

    stacked = Levels(periods, RATE if rate is None else rate) if periods else None
    wish = Import(HubFolder(folder), stacked, options.allowed(budget))
    for remark in wish.described.remarks:
        options.remark(remark)
    with options.told(as_json):
        options.warn(wish.stages.system.report)
        _ = wish.stages.files
    _tell(wish.write(Folder(output or Path("runs") / folder.resolve().name)), as_json)


def _periods(levels: str | None) -> tuple[int, ...]:
    """`64,256` as numbers."""
    words = [] if levels is None else levels.split(",")
    if not all(word.strip().isdecimal() and 0 < int(word) < 2**31 for word in words):
        raise typer.BadParameter(f"`{levels}` is no list of tokens such as 64,256", param_hint="--levels")
    return tuple(map(int, words))


def _tell(result: dict[str, Any], as_json: bool) -> None:
    if as_json:
        options.print_json(result)
        return
    count = f"{result['family']}: {result['parameters']:,} parameters in {result['tensors']} tensors"
    if "folder" in result:
        print(f"{count}; into {result['folder']}")
        return
    print(f"{count}; into {result['run']}")
    layer = 0
    for group in result["levels"]:
        last = layer + group["layers"] - 1
        who = f"layers {layer} to {last} learn" if last > layer else f"layer {layer} learns"
        print(f"{who} every {group['tokens']} tokens")
        layer += group["layers"]
