"""How each point of a sweep is trained, and about how long that takes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from nlc.run.sweep.price import Point

SPEED = 20e9
"""Matrix FLOPs a second that are assumed before anything was measured: small models on two cores."""
START = 1.0
"""Seconds to compile and load a small model."""
JUDGED = 65_536
"""Bytes of the validation text that each run is judged by: the first ones."""


@dataclass(frozen=True)
class Asked:
    """The same for all points; with both `steps` and `minutes` a run ends at whichever comes first."""

    steps: int | None = 100
    minutes: float | None = None
    batch: int = 16
    length: int = 256
    seed: int = 0
    seeds: int = 1
    data: tuple[str, ...] = ("pydoc",)

    def work(self, point: Point, steps: int) -> float:
        """Matrix FLOPs of one run: a backward pass costs two forward ones; judging is forward alone."""
        return point.flops * (3 * self.batch * self.length * steps + JUDGED)

    def seconds(self, point: Point, speed: float = SPEED) -> float:
        """About how long one run takes."""
        by_steps = self.work(point, self.steps) / speed if self.steps else math.inf
        by_time = 60 * self.minutes + self.work(point, 0) / speed if self.minutes else math.inf
        return START + min(by_steps, by_time)


def total(asked: Asked, runs: Iterable[Point], speed: float = SPEED) -> float:
    """Seconds of these runs, one after another."""
    return sum(asked.seconds(point, speed) for point in runs)
