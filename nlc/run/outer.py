"""One step of the outermost memory: clip, gather, and let each group of parameters move in its time."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor


def factor(progress: float, warmup: float, floor: float = 0.1) -> float:
    """The share of the spec's own rate: a straight rise, then half a cosine down to `floor`."""
    if progress < warmup:
        return progress / warmup
    rest = min(1.0, (progress - warmup) / max(1e-9, 1 - warmup))
    return floor + (1 - floor) * (1 + math.cos(math.pi * rest)) / 2


class Outer:
    """The package's optimizer with what a run adds to it.

    A group with `every: N` gathers the gradients of N steps and moves once by their sum.
    """

    def __init__(self, optimizer: torch.optim.Optimizer, clip: float) -> None:
        self.optimizer = optimizer
        self.clip = clip
        self.rates = [float(group["lr"]) for group in self.groups]
        self.gathered: dict[int, list[Tensor]] = {
            index: [torch.zeros_like(parameter) for parameter in group["params"]]
            for index, group in enumerate(self.groups)
            if _every(group) > 1
        }

    @property
    def groups(self) -> list[dict[str, Any]]:
        return self.optimizer.param_groups  # `load_state_dict` puts a new list there

    @property
    def parameters(self) -> list[torch.nn.Parameter]:
        return [parameter for group in self.groups for parameter in group["params"]]

    def clip_gradients(self) -> float:
        """Scale the fresh gradients to the allowed norm; the norm they had."""
        gradients = [parameter.grad for parameter in self.parameters if parameter.grad is not None]
        norm = float(torch.nn.utils.get_total_norm(gradients))
        if norm > self.clip:
            _scale(gradients, self.clip / norm)
        return norm

    def step(self, number: int, share: float) -> float:
        """Step `number`, counted from 1, at that share of each group's rate; the largest rate used."""
        for index, (group, rate) in enumerate(zip(self.groups, self.rates, strict=True)):
            group["lr"] = rate * share
            if index in self.gathered:
                self._gather(index, due=number % _every(group) == 0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return max(float(group["lr"]) for group in self.groups)

    def _gather(self, index: int, due: bool) -> None:
        group = self.groups[index]
        for parameter, gathered in zip(group["params"], self.gathered[index], strict=True):
            if parameter.grad is not None:
                gathered.add_(parameter.grad)
            # torch's optimizers pass over a parameter without a gradient: its turn has not come.
            parameter.grad = gathered.clone() if due else None
            if due:
                gathered.zero_()


def _every(group: dict[str, Any]) -> int:
    return int(group.get("every", 1))


def _scale(gradients: Iterable[Tensor], by: float) -> None:
    for gradient in gradients:
        gradient.mul_(by)
