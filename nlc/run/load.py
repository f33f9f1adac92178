"""An emitted package, brought in from its folder or from its texts under a private name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import Any, Protocol, Self, cast

import torch
from torch import Tensor

from nlc.failure import Failure
from nlc.run import cache
from nlc.run.sources import bring

_numbers = count(1)
_one_at_a_time = Lock()


class NoPackage(Failure):
    """The folder holds no package that nlc emitted."""


class Carried(Protocol):
    """What a model carries from one piece of a sequence to the next."""

    position: Tensor

    def tensors(self) -> dict[str, Tensor]: ...
    def detach(self) -> Self: ...


class Model(Protocol):
    """What this folder asks of a compiled model, an `nn.Module`."""

    training: bool

    def __call__(self, ids: Tensor, state: Any = None, /) -> tuple[Tensor, Carried]: ...
    def trace(self, ids: Tensor, state: Any = None, /) -> dict[str, dict[str, Tensor]]: ...
    def loss(self, ids: Tensor, /) -> Tensor: ...
    def train(self, mode: bool = True) -> Any: ...
    def parameters(self) -> Iterator[torch.nn.Parameter]: ...
    def named_modules(self) -> Iterator[tuple[str, torch.nn.Module]]: ...
    def state_dict(self) -> dict[str, Tensor]: ...
    def load_state_dict(self, state_dict: Mapping[str, Any]) -> Any: ...


@dataclass(frozen=True)
class Package:
    """The public names of an emitted package."""

    folder: Path
    spec: Mapping[str, Any]
    build: Callable[[], Model]
    optimizer: Callable[[Model], torch.optim.Optimizer]
    module: ModuleType

    @property
    def vocab(self) -> int:
        return int(self.spec["vocab"])


_built: dict[str, Package] = {}


def load(folder: Path) -> Package:
    """Import the package in `folder`. Each call brings in the files as they are now."""
    folder = folder.resolve()
    files = {path.name: path.read_bytes() for path in folder.glob("*.py")}
    if "__init__.py" not in files:
        raise NoPackage(f"{folder} holds no compiled package (there is no __init__.py)")
    return _package(folder, bring(f"_nlc_package_{next(_numbers)}", folder, files))


def build(texts: Mapping[str, str]) -> Package:
    """Import the package of emitted texts; the same modules are imported once in a process.

    What else is among the texts says where they came from, and changes nothing that runs.
    """
    files = {name: text.encode() for name, text in texts.items() if name.endswith(".py")}
    name = f"_nlc_{cache.key(files)}"
    with _one_at_a_time:
        if name not in _built:
            folder = cache.keep(files)
            _built[name] = _package(folder, bring(name, folder, files))
        return _built[name]


def _package(folder: Path, module: ModuleType) -> Package:
    missing = [public for public in ("SPEC", "build") if not hasattr(module, public)]
    if missing:
        raise NoPackage(f"{folder} is not a package made by `nlc compile`: it has no {', '.join(missing)}")
    found = cast(Any, module)
    optimizer = getattr(found, "optimizer", _no_optimizer)
    return Package(folder, dict(found.SPEC), found.build, optimizer, module)


def _no_optimizer(model: Model) -> torch.optim.Optimizer:
    """A block compiles to a layer: it has no objective of its own."""
    raise NoPackage("this package is a layer, not a model: a spec that trains ends in a `model`")
