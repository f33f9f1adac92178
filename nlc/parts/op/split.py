"""A vector seen as equal parts, one a head."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from nlc.ir.system import Shape
from nlc.parts.part import Op, ShapeError, Size


class Split(Op):
    """A vector as `heads` equal parts, for ops that act on each: `split(x, heads) |> norm |> merge`.

    Source: multi-head attention, arXiv:1706.03762.
    """

    name: ClassVar[str] = "split"
    equation: ClassVar[str] = "x = [x₁; …; x_heads]"
    heads: Annotated[Size, Field(description="how many parts")]

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        if len(inputs[0]) != 1:
            raise ShapeError("it takes a vector a token")
        if inputs[0][0] % self.heads:
            raise ShapeError(f"{inputs[0][0]} numbers have no {self.heads} equal parts")
        return (self.heads, inputs[0][0] // self.heads)
