"""Gradient steps with a running sum."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Fraction, Optimizer, Rate


class Momentum(Optimizer):
    """Gradient steps with momentum: S ← beta · S − lr · g; W ← keep(W) + S.

    The rate is inside S, and S is not decayed by retention. Titans, arXiv:2501.00663, eq. 9 and 10.
    """

    name: ClassVar[str] = "momentum"
    equation: ClassVar[str] = "S = β S − η g"
    momentum: ClassVar[bool] = True
    streams: ClassVar[dict[str, str]] = {"lr": "rate", "beta": "beta"}
    lr: Rate
    beta: Fraction = 0.9
    batched: bool = False
