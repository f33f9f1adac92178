"""The vectors of all heads, end to end."""

from __future__ import annotations

from math import prod
from typing import ClassVar

from nlc.ir.system import Shape
from nlc.parts.part import Op, ShapeError


class Merge(Op):
    """The vectors of all heads as one, end to end: `split` undone.

    Source: multi-head attention, arXiv:1706.03762.
    """

    name: ClassVar[str] = "merge"
    equation: ClassVar[str] = "[x₁; …; x_heads]"

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        if not inputs[0]:
            raise ShapeError("it takes vectors")
        return (prod(inputs[0]),)
