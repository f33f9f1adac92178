"""An emitted package, brought in from its folder under a private name."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import invalidate_caches
from importlib.util import module_from_spec, spec_from_file_location
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol, Self, cast

import torch
from torch import Tensor

from nlc.failure import Failure

_numbers = count(1)


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
    def loss(self, ids: Tensor, /) -> Tensor: ...
    def train(self, mode: bool = True) -> Any: ...
    def parameters(self) -> Iterator[torch.nn.Parameter]: ...
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


def load(folder: Path) -> Package:
    """Import the package in `folder`. Each call brings in the files as they are now."""
    folder = folder.resolve()  # Python remembers what lies in a folder by the folder's name
    invalidate_caches()
    file = folder / "__init__.py"
    if not file.is_file():
        raise NoPackage(f"{folder} holds no compiled package (there is no {file.name})")
    name = f"_nlc_package_{next(_numbers)}"
    spec = spec_from_file_location(name, file, submodule_search_locations=[str(folder)])
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    writes_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    sys.modules[name] = module  # relative imports inside the package look for it there
    try:
        spec.loader.exec_module(module)
    except BaseException:
        for known in [key for key in sys.modules if key == name or key.startswith(f"{name}.")]:
            del sys.modules[known]
        raise
    finally:
        sys.dont_write_bytecode = writes_bytecode
    missing = [public for public in ("SPEC", "build") if not hasattr(module, public)]
    if missing:
        raise NoPackage(f"{folder} is not a package made by `nlc compile`: it has no {', '.join(missing)}")
    found = cast(Any, module)
    optimizer = getattr(found, "optimizer", _no_optimizer)
    return Package(folder, dict(found.SPEC), found.build, optimizer, module)


def _no_optimizer(model: Model) -> torch.optim.Optimizer:
    """A block compiles to a layer: it has no objective of its own."""
    raise NoPackage("this package is a layer, not a model: a spec that trains ends in a `model`")
