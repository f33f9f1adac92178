"""A state in a file of its own, and back into a model of the same spec."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from nlc.failure import Failure
from nlc.run import tensorfile

FORMAT = "nlc state 1"


class StateError(Failure):
    """The file is no state, is damaged, or belongs to another model."""


def save(state: Any, path: Path) -> None:
    """Write every tensor of the state by its name, and which spec the state belongs to."""
    _spec(state, "this is no state of a compiled model (a model gives one beside its scores)")
    tensorfile.write(path, FORMAT, state.tensors(), {"spec": state.spec, "nlc": version("nlc")})


def load(path: Path, model: nn.Module) -> Any:
    """The state, on the model's device; all of it fits the model, or StateError is raised."""
    begin: Any = getattr(model, "begin", None)
    if begin is None:
        raise TypeError("this is no compiled model: it has no `begin`")
    with torch.no_grad():
        fresh: Any = begin(1)
    spec = _spec(fresh, "this model's package was written by an older nlc: compile its spec again")
    tensors, facts = _read(path)
    if facts.get("spec") != spec:
        raise StateError(
            f"{path} belongs to another spec: it was saved with {str(facts.get('spec'))[:16]}, and this "
            f"model is made of {spec[:16]}"
        )
    for wrong in _misfits(tensors, fresh):
        raise StateError(f"{path} does not fit this model: {wrong}")
    device = fresh.position.device
    return fresh.of({name: tensor.to(device) for name, tensor in tensors.items()})


def _spec(state: Any, otherwise: str) -> str:
    """The semantic hash that a state's class carries."""
    spec = getattr(state, "spec", None)
    if not isinstance(spec, str):
        raise TypeError(otherwise)
    return spec


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    try:
        return tensorfile.read(path, FORMAT)
    except FileNotFoundError as wrong:
        raise StateError(f"there is no file {path}") from wrong
    except tensorfile.OtherFormat as wrong:
        raise StateError(f"{path} was not written by nlc.save_state: {wrong}") from wrong
    except (OSError, ValueError) as wrong:
        raise StateError(f"{path} cannot be read as a state: {wrong}") from wrong


def _misfits(tensors: Mapping[str, Tensor], fresh: Any) -> Iterator[str]:
    """What is wrong with the tensors, a sentence each."""
    position = tensors.get("position")
    if position is None or position.dtype != torch.int64 or position.dim() != 1 or not len(position):
        yield "it has no `position`, an int64 for each sequence"
        return
    if position.min() < 0:
        yield "a sequence stands before its first token"
    wanted = fresh.tensors()
    for name in sorted(wanted.keys() - tensors.keys()):
        yield f"`{name}` is missing"
    for name in sorted(tensors.keys() - wanted.keys()):
        yield f"the model has no `{name}`"
    for name in sorted(wanted.keys() & tensors.keys()):
        found, expected = tensors[name], wanted[name]
        if found.dtype != expected.dtype:
            yield f"`{name}` is {found.dtype}, the model needs {expected.dtype}"
        # An axis that is empty at first grows with the tokens: of a cache, and of the open segment.
        elif not _same_shape(found.shape, (len(position), *expected.shape[1:])):
            shape = ", ".join(str(size or "tokens") for size in expected.shape[1:])
            yield f"`{name}` is {tuple(found.shape)}, the model needs ({len(position)}, {shape})"


def _same_shape(found: torch.Size, wanted: tuple[int, ...]) -> bool:
    return len(found) == len(wanted) and all(b in (a, 0) for a, b in zip(found, wanted, strict=True))
