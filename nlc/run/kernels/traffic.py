"""Bytes that kernels move between a GPU and its memory, counted by running them in the interpreter.

Each load and each store of a program counts the distinct addresses that its mask lets through, times the
size of what lies there; a launch is the sum over its programs. Nothing is known of caches: what two
programs load is loaded twice, as every kernel's own code asks for it, so kernels of any origin can be laid
side by side. Counts come from kernels as they run, at their true tiles, loops and masks, and not from a
formula about them; compiled code may ask again for what it had no registers to keep (see `spills`).

Of an axis of the grid with more than four programs the first two and the last two run, and those between
count as the second and the last but one do on average. That is exact where the programs of an axis move
the same, the first and the last apart, or each as much more than the one before it, as in causal attention.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlc.run.kernels.interpret import interpreting
from nlc.run.kernels.phase import Phase, phase

FEW = 4
"""Programs of an axis that all run."""


@dataclass(frozen=True)
class Moved:
    """What one launch loads and stores, in bytes."""

    kernel: str
    module: str
    phase: Phase
    grid: tuple[int, ...]
    loaded: float
    stored: float

    @property
    def bytes(self) -> float:
        return self.loaded + self.stored


def moved(work: Callable[[], object]) -> tuple[Moved, ...]:
    """Of each launch in `work`, in order.

    Not every program runs, so what kernels compute is not to be used.
    """
    counter = _Counter()
    with interpreting(watcher=counter):
        work()
    return tuple(counter.launches)


Name = tuple[str, str, Phase]
"""A kernel's module, its name, and the pass that it was launched in."""


def per_token(work: Callable[[int], object], short: int, long: int) -> dict[Name, float]:
    """Bytes for each further token: what the launches of `work(long)` move beyond those of `work(short)`.

    What is moved once a sequence, a first and a last state, is left out. Choose both lengths as multiples of
    what the kernels take at once.
    """
    few, many = (total(moved(lambda length=length: work(length))) for length in (short, long))
    return {name: (many[name] - few.get(name, 0.0)) / (long - short) for name in many}


def total(launches: Iterable[Moved]) -> dict[Name, float]:
    """Bytes of all launches of a kernel in a pass."""
    sums: dict[Name, float] = {}
    for launch in launches:
        name = launch.module, launch.kernel, launch.phase
        sums[name] = sums.get(name, 0.0) + launch.bytes
    return sums


class _Counter:
    """Watches launches, and sums what their programs move."""

    def __init__(self) -> None:
        self.launches: list[Moved] = []
        self.weights: list[dict[int, float]] = []
        self.weight = 0.0

    def launch(self, kernel: str, module: str, grid: tuple[int, ...]) -> None:
        self.launches.append(Moved(kernel, module, phase(), grid, 0.0, 0.0))
        self.weights = [_weights(size) for size in (*grid, 1, 1)[:3]]

    def runs(self, place: tuple[int, int, int]) -> bool:
        self.weight = prod(axis.get(at, 0.0) for axis, at in zip(self.weights, place, strict=True))
        return self.weight > 0

    def access(self, store: bool, addresses: NDArray[Any], size: int) -> None:
        launch, more = self.launches[-1], self.weight * size * len(np.unique(addresses))
        loaded, stored = (
            (launch.loaded, launch.stored + more) if store else (launch.loaded + more, launch.stored)
        )
        self.launches[-1] = replace(launch, loaded=loaded, stored=stored)


def _weights(size: int) -> dict[int, float]:
    """The places of an axis that run, and how many each stands for."""
    if size <= FEW:
        return dict.fromkeys(range(size), 1.0)
    return {0: 1.0, 1: size / 2 - 1, size - 2: size / 2 - 1, size - 1: 1.0}
