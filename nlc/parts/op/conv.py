"""A short causal convolution along the tokens, channel by channel."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from nlc.ir.system import Shape
from nlc.parts.part import Op, ShapeError


class Conv(Op):
    """Each channel's last `width` numbers, weighted and summed: a causal depth-wise convolution.

    Source: H3, arXiv:2212.14052.
    """

    name: ClassVar[str] = "conv"
    equation: ClassVar[str] = "yₜ = Σᵢ wᵢ ⊙ xₜ₋ᵢ"
    preserves: ClassVar[bool] = True
    owns: ClassVar[bool] = True
    carries: ClassVar[bool] = True
    width: Annotated[
        int, Field(ge=2, le=64, description="how many tokens it looks back, this one included")
    ] = 4

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        if len(inputs[0]) != 1:
            raise ShapeError("it takes a vector a token")
        return inputs[0]

    def parameters(self, inputs: tuple[Shape, ...]) -> dict[str, Shape]:
        return {"weight": (self.width, *inputs[0])}

    def buffers(self, inputs: tuple[Shape, ...]) -> dict[str, Shape]:
        return {"past": (self.width - 1, *inputs[0])}
