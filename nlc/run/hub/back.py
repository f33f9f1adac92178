"""A run that was imported becomes a checkpoint's folder again, with the names and types it came with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from safetensors.torch import save
from torch import Tensor

from nlc.failure import Failure
from nlc.run import checkpoint
from nlc.run.disk import replace
from nlc.run.folder import Folder
from nlc.run.hub.bring import describe, parameters, places
from nlc.run.hub.folder import CONFIG, TYPES, WEIGHTS
from nlc.run.hub.tensors import into_theirs
from nlc.run.load import load


class NoWayBack(Failure):
    """The run is none that a checkpoint's folder can say."""


def write(run: Folder, out: Path) -> dict[str, Any]:
    """Write config.json and model.safetensors into `out`; what was done, for people and programs."""
    if not run.checkpoint.exists():
        raise NoWayBack(f"{run.path} is no run: --back takes the folder that `nlc import` made")
    found = checkpoint.read(run.checkpoint)
    imported: dict[str, Any] = found.facts.get("imported", {})
    if not imported:
        raise NoWayBack(f"{run.path} was not imported: only what came from a checkpoint's folder goes back")
    if imported["levels"]:
        raise NoWayBack(
            f"the feed-forward layers of {run.path} learn in the sequence, which {CONFIG} cannot say: "
            "import the folder without --levels"
        )
    for name in (CONFIG, WEIGHTS):
        if (out / name).exists():
            raise NoWayBack(f"{out / name} is there already, and is not written over")
    tensors = _tensors(run, found, imported)
    out.mkdir(parents=True, exist_ok=True)
    replace(out / WEIGHTS, save(tensors, metadata={"format": "pt"}))
    replace(out / CONFIG, imported["config"].encode())
    return {
        "folder": str(out),
        "family": describe(imported["config"], run.checkpoint).family.name,
        "tensors": len(tensors),
        "parameters": sum(tensor.numel() for tensor in tensors.values()),
    }


def _tensors(run: Folder, found: checkpoint.Checkpoint, imported: dict[str, Any]) -> dict[str, Tensor]:
    described = describe(imported["config"], run.checkpoint)
    names = imported["types"].keys()
    pieces = described.family.pieces(described.values, places(parameters(load(run.package))), names)
    types = {piece.theirs: TYPES[imported["types"][piece.theirs]] for piece in pieces}
    spare = checkpoint.unpack("spare", found.tensors)
    return into_theirs(pieces, checkpoint.unpack("model", found.tensors), types) | spare
