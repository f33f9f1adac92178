"""The logistic function, 1 / (1 + exp(−x))."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Pointwise


class Sigmoid(Pointwise):
    """The logistic function, 1 / (1 + exp(−x)).

    Source: elementary.
    """

    name: ClassVar[str] = "sigmoid"
    equation: ClassVar[str] = "1 / (1 + exp(−x))"
    derivative: ClassVar[str] = "sigmoid(x) * (1 - sigmoid(x))"
