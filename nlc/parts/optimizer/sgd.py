"""One gradient step a token."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Operand, Optimizer


class Sgd(Optimizer):
    """One gradient step: W ← keep(W) − lr · g."""

    name: ClassVar[str] = "sgd"
    equation: ClassVar[str] = "S = −η g"
    streams: ClassVar[dict[str, str]] = {"lr": "rate"}
    lr: Operand
