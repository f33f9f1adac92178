"""One gradient step a token."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Optimizer, Rate


class Sgd(Optimizer):
    """One gradient step: W ← keep(W) − lr · g.

    `batched` sums the gradients of a period and writes once, at its end. Fast weights and DeltaNet:
    arXiv:2102.11174.
    """

    name: ClassVar[str] = "sgd"
    equation: ClassVar[str] = "S = −η g"
    streams: ClassVar[dict[str, str]] = {"lr": "rate"}
    lr: Rate
    batched: bool = False
