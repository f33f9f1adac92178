"""Two vectors, end to end."""

from __future__ import annotations

from typing import ClassVar

from nlc.ir.system import Shape
from nlc.parts.part import Op, ShapeError


class Concat(Op):
    """Two vectors, end to end.

    Source: elementary.
    """

    name: ClassVar[str] = "concat"
    equation: ClassVar[str] = "[x; y]"
    inputs: ClassVar[int] = 2

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        if any(len(shape) != 1 for shape in inputs):
            raise ShapeError("it takes vectors")
        return (inputs[0][0] + inputs[1][0],)
