"""A checkpoint is one safetensors file that is absent, old or new on the disk, and never half of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from torch import Tensor

from nlc.failure import Failure
from nlc.run import tensorfile
from nlc.run.outer import Outer

FORMAT = "nlc checkpoint 2"


class NoCheckpoint(Failure):
    """The file is no checkpoint, or one of another model."""


@dataclass(frozen=True)
class Checkpoint:
    """Tensors by name (`model.…`, `optimizer.…`, `gathered.…`, `generator.…`) and plain counters."""

    tensors: Mapping[str, Tensor]
    facts: Mapping[str, Any]


def write(path: Path, checkpoint: Checkpoint) -> None:
    """Replace `path` so that a kill or a full disk at any moment leaves the old file or the new one."""
    tensorfile.write(path, FORMAT, checkpoint.tensors, checkpoint.facts)


def read(path: Path) -> Checkpoint:
    """The checkpoint in `path`; nothing in the file is ever run."""
    try:
        return Checkpoint(*tensorfile.read(path, FORMAT))
    except FileNotFoundError as wrong:
        raise NoCheckpoint(f"there is no checkpoint {path}") from wrong
    except tensorfile.OtherFormat as wrong:
        raise NoCheckpoint(f"{path} was not written by this version's `nlc train`") from wrong
    except (OSError, ValueError) as wrong:
        raise NoCheckpoint(f"{path} cannot be read as a checkpoint: {wrong}") from wrong


def pack(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {f"{prefix}.{name}": tensor for name, tensor in tensors.items()}


def unpack(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    head = f"{prefix}."
    return {name.removeprefix(head): tensor for name, tensor in tensors.items() if name.startswith(head)}


def fit(found: Mapping[str, Tensor], wanted: Mapping[str, Tensor], what: str) -> dict[str, Tensor]:
    """`found` if it has exactly the names, shapes and types of `wanted`."""
    strange = sorted(found.keys() ^ wanted.keys())
    strange += [
        name
        for name in sorted(found.keys() & wanted.keys())
        if (found[name].shape, found[name].dtype) != (wanted[name].shape, wanted[name].dtype)
    ]
    if strange:
        raise NoCheckpoint(f"the checkpoint does not fit this {what}: {', '.join(strange[:5])}")
    return dict(found)


def pack_outer(outer: Outer) -> tuple[dict[str, Tensor], list[list[Any]]]:
    """The optimizer's memory: its tensors, and its plain numbers as [parameter, name, number]."""
    tensors: dict[str, Tensor] = {}
    numbers: list[list[Any]] = []
    state = cast(dict[int, dict[str, Any]], outer.optimizer.state_dict()["state"])
    for index, entries in state.items():
        for name, value in entries.items():
            if isinstance(value, Tensor):
                tensors[f"optimizer.{index}.{name}"] = value
            else:
                numbers.append([index, name, value])
    for group, gathered in outer.gathered.items():
        tensors |= {f"gathered.{group}.{index}": tensor for index, tensor in enumerate(gathered)}
    return tensors, numbers


def unpack_outer(outer: Outer, checkpoint: Checkpoint) -> None:
    """Put back what `pack_outer` took."""
    state: dict[int, dict[str, Any]] = {}
    for name, tensor in unpack("optimizer", checkpoint.tensors).items():
        index, entry = name.split(".", 1)
        state.setdefault(int(index), {})[entry] = tensor
    for index, name, value in checkpoint.facts["numbers"]:
        state.setdefault(index, {})[name] = value
    for index, parameter in enumerate(outer.parameters):
        for name, value in state.get(index, {}).items():
            if isinstance(value, Tensor) and value.dim() and value.shape != parameter.shape:
                raise NoCheckpoint(f"the checkpoint does not fit this optimizer: {index}.{name}")
    groups = outer.optimizer.state_dict()["param_groups"]
    outer.optimizer.load_state_dict({"state": state, "param_groups": groups})
    wanted = {f"{group}.{i}": t for group, kept in outer.gathered.items() for i, t in enumerate(kept)}
    for name, tensor in fit(unpack("gathered", checkpoint.tensors), wanted, "optimizer").items():
        wanted[name].copy_(tensor)
