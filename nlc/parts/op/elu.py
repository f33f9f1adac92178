"""The exponential linear unit."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Pointwise


class Elu(Pointwise):
    """x above 0, exp(x) − 1 below; `elu(x) + 1` is the positive feature map of linear attention.

    Source: arXiv:1511.07289.
    """

    name: ClassVar[str] = "elu"
    equation: ClassVar[str] = "x where x > 0, else exp(x) − 1"
    derivative: ClassVar[str] = "step(x) + (1 - step(x)) * exp(-relu(-x))"
