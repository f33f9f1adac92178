"""The logistic function, 1 / (1 + exp(−x))."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Pointwise


class Sigmoid(Pointwise):
    """The logistic function, 1 / (1 + exp(−x))."""

    name: ClassVar[str] = "sigmoid"
    derivative: ClassVar[str] = "sigmoid(x) * (1 - sigmoid(x))"
