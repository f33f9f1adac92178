"""Layer normalization."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from nlc.ir.system import Shape
from nlc.parts.part import Op, ShapeError


class Layernorm(Op):
    """Mean taken away, divided by the deviation, times a learned weight, plus a bias.

    Source: arXiv:1607.06450.
    """

    name: ClassVar[str] = "layernorm"
    equation: ClassVar[str] = "w ⊙ (x − μ) / √(σ² + eps) + b"
    preserves: ClassVar[bool] = True
    by_head: ClassVar[bool] = True
    owns: ClassVar[bool] = True
    eps: Annotated[float, Field(gt=0, description="what keeps equal numbers from a division by zero")] = 1e-5

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        if not inputs[0]:
            raise ShapeError("it acts along a vector")
        return inputs[0]

    def parameters(self, inputs: tuple[Shape, ...]) -> dict[str, Shape]:
        return {"weight": inputs[0][-1:], "bias": inputs[0][-1:]}
