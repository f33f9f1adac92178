"""Delta gradient descent."""

from __future__ import annotations

from typing import ClassVar, Literal

from nlc.parts.part import Fraction, Optimizer, Rate


class Dgd(Optimizer):
    """Delta gradient descent: a step that also erases what the state answered to this input.

    W ← keep(W) + S − erase_rate · W x xᵀ for each layer, x its input (hidden inputs normalized).
    `erase` says which layers. Nested Learning, arXiv:2512.24695, eq. 57 and 88.
    """

    name: ClassVar[str] = "dgd"
    equation: ClassVar[str] = "S = β S − η g, less η W x xᵀ"
    momentum: ClassVar[bool] = True
    erases: ClassVar[bool] = True
    streams: ClassVar[dict[str, str]] = {"lr": "rate", "beta": "beta", "erase_rate": "erase"}
    lr: Rate
    beta: Fraction = 0.0
    erase_rate: Rate | None = None
    erase: Literal["layers", "last", "none"] = "layers"
