"""Root mean square normalization."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from nlc.ir.system import Shape
from nlc.parts.part import Op, ShapeError


class Norm(Op):
    """The vector divided by its root mean square, times a learned weight.

    Source: arXiv:1910.07467.
    """

    name: ClassVar[str] = "norm"
    equation: ClassVar[str] = "w ⊙ x / √(mean(x²) + eps)"
    preserves: ClassVar[bool] = True
    by_head: ClassVar[bool] = True
    owns: ClassVar[bool] = True
    eps: Annotated[float, Field(gt=0, description="what keeps a vector of zeros from a division by zero")] = (
        1e-6
    )

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        if not inputs[0]:
            raise ShapeError("it acts along a vector")
        return inputs[0]

    def parameters(self, inputs: tuple[Shape, ...]) -> dict[str, Shape]:
        return {"weight": inputs[0][-1:]}
