"""A number held between two bounds."""

from __future__ import annotations

from typing import ClassVar

from nlc.ir.system import Shape
from nlc.parts.part import Op


class Clamp(Op):
    """x, but no less than `low` and no more than `high`."""

    name: ClassVar[str] = "clamp"
    preserves: ClassVar[bool] = True
    pointwise: ClassVar[bool] = True
    low: float
    high: float

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return inputs[0]
