"""One axis of the picture: numbers to places, and the round numbers that are marked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from nlc.run.curve import ticks

WIDE = 8.0
"""Costs that differ by more than this factor stand on a logarithmic axis."""
AIR = 0.08
"""Of the span, left free at both ends."""


@dataclass(frozen=True)
class Axis:
    """From `low` to `high` (already with air), drawn from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def place(self, number: float) -> float:
        low, high, at = self._scaled(self.low), self._scaled(self.high), self._scaled(number)
        return self.start + (self.end - self.start) * (at - low) / (high - low)

    def marks(self, unit: float = 1.0) -> list[float]:
        """Round numbers of `unit` inside."""
        low, high = self.low / unit, self.high / unit
        if self.log:
            powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
            steps = (1, 2, 5) if len(powers) < 5 else (1,)
            found = [step * 10.0**power for power in powers for step in steps]
        else:
            found = ticks(low, high, 6)
        return [number * unit for number in found if low <= number <= high]

    def _scaled(self, number: float) -> float:
        return math.log(number) if self.log else number


def axis(
    numbers: Sequence[float], start: float, end: float, may_log: bool = True, least: float = 0.0
) -> Axis:
    """An axis that holds the numbers, with air around them; it spans at least that share of them."""
    low, high = min(numbers), max(numbers)
    missing = max(0.0, least * abs(high) - (high - low)) / 2
    low, high = low - missing, high + missing
    if may_log and low > 0 and high / low > WIDE:
        air = (high / low) ** AIR
        return Axis(low / air, high * air, start, end, log=True)
    air = AIR * (high - low) or 0.1 * abs(high) or 1.0
    return Axis(low - air, high + air, start, end)
