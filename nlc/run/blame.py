"""Where a run that stopped being finite broke: the memory, its level, the token."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from nlc.run.evaluate import judging, not_finite
from nlc.run.load import Carried, Model


@dataclass(frozen=True)
class Blame:
    """One broken tensor. Empty fields could not be found out."""

    step: int
    memory: str = ""
    level: str = ""
    token: int | None = None
    row: int | None = None
    on: str = ""
    place: str = ""
    """Where the spec says what this memory is."""

    @property
    def text(self) -> str:
        name = self.memory.removeprefix("memories.")
        memory = f"memory {name}" if name else "the loss or its gradient"
        known = ", ".join(filter(None, (self.place, self.level and f"level {self.level}")))
        token = "" if self.token is None else f" at token {self.token} of row {self.row}"
        return f"step {self.step}: {memory}{f' ({known})' if known else ''} is not finite{token}{self.on}"


def blame(model: Model, ids: Tensor, step: int, levels: Mapping[str, str]) -> Blame:
    """Read the batch again, token by token, until a state or a logit is no number."""
    with judging(model):
        for row in _suspects(model, ids):
            found = _walk(model, ids[row : row + 1])
            if found is not None:
                name, token = found
                return Blame(step, name, level_of(name, levels), token, row, place=place_of(name, model))
    return next(
        (Blame(step, f"parameter {name}") for name, tensor in model.state_dict().items() if _broken(tensor)),
        Blame(step),
    )


def _suspects(model: Model, ids: Tensor) -> list[int]:
    """The rows with a logit that is no number; all of them when no logit shows it."""
    logits, _ = model(ids)
    rows = [row for row in range(len(ids)) if _broken(logits[row])]
    return rows[:1] or list(range(len(ids)))


def _walk(model: Model, row: Tensor) -> tuple[str, int] | None:
    state: Carried | None = None
    for token in range(row.shape[1]):
        logits, state = model(row[:, token : token + 1], state)
        name = not_finite(state)
        if name or _broken(logits):
            return name or "logits", token
        state = state.detach()
    return None


def _broken(tensor: Tensor) -> bool:
    return not bool(torch.isfinite(tensor).all())


def level_of(name: str, levels: Mapping[str, str]) -> str:
    """The level of a state's tensor: that of the longest memory whose path lies in the tensor's.

    A tensor's path also counts repetitions and ends inside the memory, so parts may lie between.
    """
    tensor = _parts(name)
    fits = [memory for memory in levels if _lies_in(_parts(memory), tensor)]
    return levels[max(fits, key=lambda memory: len(_parts(memory)))] if fits else ""


def place_of(name: str, model: Model) -> str:
    """The place in the spec of the memory that a state's tensor belongs to; empty if it is not found."""
    places = {path: str(getattr(module, "place", "")) for path, module in model.named_modules()}
    parts = name.removeprefix("memories.").split(".")
    found = (places.get(".".join(parts[:count]), "") for count in range(len(parts) - 1, 0, -1))
    return next(filter(None, found), "")


def _parts(name: str) -> list[str]:
    return re.findall(r"[A-Za-z0-9]+", re.sub(r"\[[^]]*\]", "", name))


def _lies_in(parts: list[str], whole: list[str]) -> bool:
    rest = iter(whole)
    return all(part in rest for part in parts)
