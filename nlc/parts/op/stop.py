"""A stream without its outer gradient."""

from __future__ import annotations

from typing import ClassVar

from nlc.ir.system import Shape
from nlc.parts.part import Op


class Stop(Op):
    """The stream as it is, but no outer gradient flows back through it.

    Source: elementary.
    """

    name: ClassVar[str] = "stop"
    equation: ClassVar[str] = "x, held constant"
    preserves: ClassVar[bool] = True

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return inputs[0]
