"""Tensors and facts in one safetensors file: absent, old or new on the disk, and a changed bit shows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from nlc.run.disk import replace


class OtherFormat(ValueError):
    """The file is whole, and was written for something else."""


def write(path: Path, form: str, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
    """Replace `path`; a kill or a full disk at any moment leaves the old file or the new one."""
    copies = {name: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in tensors.items()}
    metadata = {"format": form, "facts": json.dumps(facts)}
    replace(path, save(copies, metadata={**metadata, "sha256": digest(copies, metadata)}))


def read(path: Path, form: str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """(tensors, facts); raises OSError, OtherFormat, or ValueError for what is damaged. Runs nothing."""
    try:
        with safe_open(path, framework="pt") as file:  # pyright: ignore[reportUnknownVariableType]
            opened = cast(Any, file)
            metadata: dict[str, str] = opened.metadata() or {}
            tensors: dict[str, Tensor] = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
    except SafetensorError as wrong:
        raise ValueError(f"it is damaged or no safetensors file ({wrong})") from wrong
    written = metadata.pop("sha256", "")
    if metadata.get("format") != form:
        raise OtherFormat(f"its format is `{metadata.get('format', 'unknown')}`, not `{form}`")
    if written != digest(tensors, metadata):
        raise ValueError("it is damaged: its contents are not those that were written")
    return tensors, _facts(metadata.get("facts", ""))


def _facts(text: str) -> dict[str, Any]:
    try:
        facts: Any = json.loads(text)
    except RecursionError:
        facts = None
    if not isinstance(facts, dict):
        raise ValueError("what it says of itself is no table")
    return cast("dict[str, Any]", facts)


def digest(tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> str:
    """Of every name, type, shape and byte."""
    found = hashlib.sha256(json.dumps(metadata, sort_keys=True).encode())
    for name, tensor in sorted(tensors.items()):
        found.update(json.dumps([name, str(tensor.dtype), list(tensor.shape)]).encode())
        found.update(cast(Any, tensor.flatten().view(torch.uint8).numpy()))
    return found.hexdigest()
