"""x · sigmoid(x)."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Pointwise


class Silu(Pointwise):
    """x · sigmoid(x).

    Source: arXiv:1702.03118.
    """

    name: ClassVar[str] = "silu"
    equation: ClassVar[str] = "x / (1 + exp(−x))"
    derivative: ClassVar[str] = "sigmoid(x) * (1 + x * (1 - sigmoid(x)))"
