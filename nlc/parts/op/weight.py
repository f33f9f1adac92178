"""A free parameter."""

from __future__ import annotations

from typing import ClassVar

from nlc.ir.system import Shape
from nlc.parts.part import Op, Size


class Weight(Op):
    """A parameter of `size` numbers that is no function of the input; starts at `start`."""

    name: ClassVar[str] = "weight"
    inputs: ClassVar[int] = 0
    owns: ClassVar[bool] = True
    size: Size = 1
    start: float = 0.0

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return (self.size,)

    def parameters(self, inputs: tuple[Shape, ...]) -> dict[str, Shape]:
        return {"weight": (self.size,)}
