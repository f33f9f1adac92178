"""The vector divided by its length (plus 1e-6)."""

from __future__ import annotations

from typing import ClassVar

from nlc.ir.system import Shape
from nlc.parts.part import Op


class L2norm(Op):
    """The vector divided by its length (plus 1e-6).

    Source: elementary.
    """

    name: ClassVar[str] = "l2norm"
    equation: ClassVar[str] = "x / (‖x‖ + 1e-6)"
    preserves: ClassVar[bool] = True
    by_head: ClassVar[bool] = True

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return inputs[0]
