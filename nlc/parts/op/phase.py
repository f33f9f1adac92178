"""How far into its period a token is."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from nlc.ir.system import Shape
from nlc.parts.part import Op, Size


class Phase(Op):
    """How many tokens ago the position was a multiple of `period`: 0, 1, …, period − 1, and again.

    It is no function of a stream, only of when the token comes: a place in a mini-batch.

    Source: the rates of TTT's mini-batches, arXiv:2407.04620, section 2.4.
    """

    name: ClassVar[str] = "phase"
    equation: ClassVar[str] = "t mod period"
    inputs: ClassVar[int] = 0
    timed: ClassVar[bool] = True
    period: Annotated[Size, Field(description="tokens of a period")]

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return ()
