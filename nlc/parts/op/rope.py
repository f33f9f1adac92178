"""Rotary position embedding."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from nlc.ir.system import Shape
from nlc.parts.part import Op, ShapeError


class Rope(Op):
    """Pairs of numbers turned by an angle that grows with the token's position.

    Source: arXiv:2104.09864.
    """

    name: ClassVar[str] = "rope"
    equation: ClassVar[str] = "x₂ᵢ + i x₂ᵢ₊₁ ↦ (x₂ᵢ + i x₂ᵢ₊₁) exp(i t / base^(2i/n))"
    preserves: ClassVar[bool] = True
    by_head: ClassVar[bool] = True
    base: Annotated[float, Field(gt=1, description="sets the slowest turn: one in about 2π·base tokens")] = (
        10000.0
    )

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        if not inputs[0] or inputs[0][-1] % 2:
            raise ShapeError("it turns pairs of numbers, so a size is even")
        return inputs[0]
