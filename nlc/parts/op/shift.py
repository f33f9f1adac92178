"""The token before."""

from __future__ import annotations

from typing import ClassVar

from nlc.ir.system import Shape
from nlc.parts.part import Op, ShapeError


class Shift(Op):
    """The same vector one token earlier: zeros at the first token.

    Source: RWKV, arXiv:2305.13048.
    """

    name: ClassVar[str] = "shift"
    equation: ClassVar[str] = "yₜ = xₜ₋₁"
    preserves: ClassVar[bool] = True
    carries: ClassVar[bool] = True

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        if len(inputs[0]) != 1:
            raise ShapeError("it takes a vector a token")
        return inputs[0]

    def buffers(self, inputs: tuple[Shape, ...]) -> dict[str, Shape]:
        return {"past": (1, *inputs[0])}
