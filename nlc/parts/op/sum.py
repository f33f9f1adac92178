"""The sum along a vector."""

from __future__ import annotations

from typing import ClassVar

from nlc.ir.system import Shape
from nlc.parts.part import Op, ShapeError


class Sum(Op):
    """The sum along a vector: one number, and one a head where vectors are seen head by head.

    In an objective, over the numbers of a prediction: `minimize(sqrt(sum((p - v) * (p - v)) + 1e-6))`.

    Source: elementary.
    """

    name: ClassVar[str] = "sum"
    equation: ClassVar[str] = "Σᵢ xᵢ"
    by_head: ClassVar[bool] = True
    in_losses: ClassVar[bool] = True

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        if not inputs[0]:
            raise ShapeError("it acts along a vector")
        return inputs[0][:-1]
