"""Layer normalization of equal parts."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from nlc.ir.system import Shape
from nlc.parts.part import Op, ShapeError, Size


class Groupnorm(Op):
    """Each of `groups` equal parts of a vector with a mean and a deviation of its own; a weight and a bias
    for each number.

    Source: arXiv:1803.08494.
    """

    name: ClassVar[str] = "groupnorm"
    equation: ClassVar[str] = "w ⊙ (x − μ) / √(σ² + ε) + b in each part"
    preserves: ClassVar[bool] = True
    owns: ClassVar[bool] = True
    groups: Annotated[Size, Field(description="equal parts of the vector: a head's answer is one")] = 1
    eps: Annotated[float, Field(gt=0, description="ε, added to the variance")] = 1e-5

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        if len(inputs[0]) != 1:
            raise ShapeError("it takes a vector a token")
        if inputs[0][0] % self.groups:
            raise ShapeError(f"{inputs[0][0]} numbers have no {self.groups} equal parts")
        return inputs[0]

    def parameters(self, inputs: tuple[Shape, ...]) -> dict[str, Shape]:
        return {"weight": inputs[0], "bias": inputs[0]}
