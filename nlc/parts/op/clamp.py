"""A number held between two bounds."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field, ValidationInfo, field_validator

from nlc.ir.system import Shape
from nlc.parts.part import Op


class Clamp(Op):
    """x, but no less than `low` and no more than `high`.

    Source: elementary.
    """

    name: ClassVar[str] = "clamp"
    equation: ClassVar[str] = "min(max(x, low), high)"
    preserves: ClassVar[bool] = True
    pointwise: ClassVar[bool] = True
    in_losses: ClassVar[bool] = True
    low: Annotated[float, Field(description="the least result")]
    high: Annotated[float, Field(description="the greatest result")]

    @field_validator("high")
    @classmethod
    def _above(cls, high: float, info: ValidationInfo) -> float:
        if high <= info.data.get("low", float("-inf")):
            raise ValueError("it must be more than `low`")
        return high

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return inputs[0]
