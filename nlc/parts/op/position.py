"""A learned vector for each position."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from nlc.ir.system import Shape
from nlc.parts.part import Op, Size


class Position(Op):
    """A learned vector of `size` numbers for each of a sequence's first `length` tokens.

    It is no function of a stream, only of when the token comes. A longer sequence is an error when
    the model runs.

    Source: arXiv:1706.03762, section 3.5; GPT-2.
    """

    name: ClassVar[str] = "position"
    equation: ClassVar[str] = "P[t]"
    inputs: ClassVar[int] = 0
    owns: ClassVar[bool] = True
    timed: ClassVar[bool] = True
    size: Annotated[Size, Field(description="numbers of a vector")]
    length: Annotated[Size, Field(description="tokens of the longest sequence")]

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return (self.size,)

    def parameters(self, inputs: tuple[Shape, ...]) -> dict[str, Shape]:
        return {"weight": (self.length, self.size)}
