"""exp(x), divided by its sum along the vector."""

from __future__ import annotations

from typing import ClassVar

from nlc.ir.system import Shape
from nlc.parts.part import Op


class Softmax(Op):
    """exp(x), divided by its sum along the vector.

    Source: elementary.
    """

    name: ClassVar[str] = "softmax"
    equation: ClassVar[str] = "exp(xᵢ) / Σⱼ exp(xⱼ)"
    preserves: ClassVar[bool] = True
    by_head: ClassVar[bool] = True

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return inputs[0]
