"""Rotary position embedding."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from nlc.ir.system import Shape
from nlc.parts.part import Op, ShapeError, Size


class Rope(Op):
    """Pairs of numbers turned by an angle that grows with the token's position.

    A number of the first half is paired with its like of the second, as in Llama.

    Source: arXiv:2104.09864.
    """

    name: ClassVar[str] = "rope"
    equation: ClassVar[str] = "xⱼ + i xⱼ₊ₙ⸝₂ ↦ (xⱼ + i xⱼ₊ₙ⸝₂) exp(i t / base^(2j/n))"
    preserves: ClassVar[bool] = True
    by_head: ClassVar[bool] = True
    timed: ClassVar[bool] = True
    base: Annotated[float, Field(gt=1, description="sets the slowest turn: one in about 2π·base tokens")] = (
        10000.0
    )

    period: Annotated[
        Size | None, Field(description="tokens after which positions count from 0 again; never if not given")
    ] = None

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        if not inputs[0] or inputs[0][-1] % 2:
            raise ShapeError("it turns pairs of numbers, so a size is even")
        return inputs[0]
