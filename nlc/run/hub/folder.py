"""The files of a checkpoint's folder. They come from strangers: nothing outside is read, nothing is run."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from nlc.failure import Failure
from nlc.run.hub.keys import short

CONFIG, WEIGHTS, INDEX = "config.json", "model.safetensors", "model.safetensors.index.json"
MOST_CONFIG, MOST_INDEX = 2**20, 2**25
"""Bytes."""

TYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
"""What a parameter in float32 holds exactly."""


class NoCheckpointFolder(Failure):
    """The folder is not one that can be imported."""


@dataclass(frozen=True)
class Header:
    """What a file says of one tensor."""

    file: Path
    shape: tuple[int, ...]
    type: str


@dataclass(frozen=True)
class HubFolder:
    path: Path

    def config(self) -> str:
        if not (self.path / CONFIG).exists() and not (self.path / CONFIG).is_symlink():
            raise NoCheckpointFolder(f"{self.path} holds no {CONFIG}: it is no checkpoint's folder")
        return self._text(CONFIG, MOST_CONFIG)

    def headers(self) -> dict[str, Header]:
        """Every tensor of the model by name; no tensor is read."""
        if (self.path / WEIGHTS).exists() or (self.path / WEIGHTS).is_symlink():
            return _headers(self.inside(WEIGHTS))
        if not (self.path / INDEX).exists():
            raise NoCheckpointFolder(f"{self.path} holds neither {WEIGHTS} nor {INDEX}{self._pickled()}")
        listed = self._index()
        found: dict[str, Header] = {}
        wrong = set(listed)
        for name in sorted(set(listed.values())):
            heads = _headers(self.inside(name))
            # Each tensor is in the one file that the index says, so no two files hold it.
            wrong ^= heads.keys() & {tensor for tensor in heads if listed.get(tensor) == name}
            wrong |= {tensor for tensor in heads if listed.get(tensor) != name}
            found |= heads
        if wrong:
            raise NoCheckpointFolder(f"{self.path / INDEX} is not true of its files: {named(sorted(wrong))}")
        return found

    def inside(self, name: str) -> Path:
        """The file of that name in the folder itself, links followed."""
        path = self.path / name
        if name != Path(name).name or name in ("", ".", "..") or "\\" in name or "\0" in name:
            raise NoCheckpointFolder(
                f"{self.path / INDEX} names `{short(name)}`: it is no file of its folder"
            )
        real = path.resolve()
        if not real.is_relative_to(self.path.resolve()):
            raise NoCheckpointFolder(
                f"{path} is a link out of its folder: copy what it points to (`cp -rL`), and import the copy"
            )
        if not real.is_file():
            raise NoCheckpointFolder(f"there is no file {path}")
        return real

    def _index(self) -> dict[str, str]:
        index = parse(self._text(INDEX, MOST_INDEX), self.path / INDEX)
        listed = index.get("weight_map")
        if not isinstance(listed, dict) or not all(
            isinstance(name, str) for name in cast("dict[Any, Any]", listed).values()
        ):
            raise NoCheckpointFolder(f"{self.path / INDEX} has no `weight_map` from tensors to files")
        return cast("dict[str, str]", listed)

    def _text(self, name: str, most: int) -> str:
        with self.inside(name).open("rb") as file:
            data = file.read(most + 1)
        if len(data) > most:
            raise NoCheckpointFolder(f"{self.path / name} is longer than {most:,} bytes")
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as wrong:
            raise NoCheckpointFolder(f"{self.path / name} is no UTF-8 text") from wrong

    def _pickled(self) -> str:
        if not any(self.path.glob("pytorch_model*.bin")):
            return ""
        return ". Pickled weights can run code and are not read: write them as safetensors first"


def parse(text: str, path: Path) -> dict[str, Any]:
    """A JSON table."""
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError) as wrong:
        raise NoCheckpointFolder(f"{path} is no JSON: {short(str(wrong) or 'too deep')}") from wrong
    if not isinstance(found, dict):
        raise NoCheckpointFolder(f"{path} is no table of keys")
    return cast("dict[str, Any]", found)


def read(header: Header, name: str) -> Tensor:
    """One tensor out of its file."""
    with safe_open(header.file, framework="pt") as file:  # pyright: ignore[reportUnknownVariableType]
        return cast(Any, file).get_tensor(name)


def _headers(path: Path) -> dict[str, Header]:
    try:
        with safe_open(path, framework="pt") as file:  # pyright: ignore[reportUnknownVariableType]
            opened = cast(Any, file)
            slices = {name: opened.get_slice(name) for name in opened.keys()}  # noqa: SIM118
            return {name: Header(path, tuple(s.get_shape()), s.get_dtype()) for name, s in slices.items()}
    except SafetensorError as wrong:
        raise NoCheckpointFolder(f"{path} is damaged or no safetensors file ({short(str(wrong))})") from wrong


def named(names: list[str], most: int = 5) -> str:
    """The first few names of a list, fit for a message."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(f"`{short(name)}`" for name in names[:most]) + more
