"""Numbers known before the run, evenly apart."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from nlc.ir.system import Shape
from nlc.parts.part import Op, Size


class Count(Op):
    """`size` numbers that are no function of the input and are not learned: 0, 1, 2, … unless said.

    A rule that differs from head to head, or from channel to channel, is made of them.

    Source: the decays of RetNet's heads, arXiv:2307.08621.
    """

    name: ClassVar[str] = "count"
    equation: ClassVar[str] = "start + step · (0, 1, …, size − 1)"
    inputs: ClassVar[int] = 0
    owns: ClassVar[bool] = True
    size: Annotated[Size, Field(description="how many")]
    start: Annotated[float, Field(description="the first of them")] = 0.0
    step: Annotated[float, Field(description="from one to the next")] = 1.0

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return (self.size,)
