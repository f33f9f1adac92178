"""A short causal convolution along the tokens, channel by channel."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from nlc.ir.system import Shape
from nlc.parts.part import Op, ShapeError


class Conv(Op):
    """Each channel's last `width` numbers, weighted and summed: a causal depth-wise convolution.

    Source: H3, arXiv:2212.14052; with a bias: Mamba, arXiv:2312.00752.
    """

    name: ClassVar[str] = "conv"
    equation: ClassVar[str] = "yₜ = Σᵢ wᵢ ⊙ xₜ₋ᵢ + b"
    preserves: ClassVar[bool] = True
    owns: ClassVar[bool] = True
    carries: ClassVar[bool] = True
    width: Annotated[
        int, Field(ge=2, le=64, description="how many tokens it looks back, this one included")
    ] = 4
    bias: Annotated[float | None, Field(description="a bias, which starts there; none if not given")] = None

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        if len(inputs[0]) != 1:
            raise ShapeError("it takes a vector a token")
        return inputs[0]

    def parameters(self, inputs: tuple[Shape, ...]) -> dict[str, Shape]:
        weight = {"weight": (self.width, *inputs[0])}
        return weight if self.bias is None else weight | {"bias": inputs[0]}

    def buffers(self, inputs: tuple[Shape, ...]) -> dict[str, Shape]:
        return {"past": (self.width - 1, *inputs[0])}
