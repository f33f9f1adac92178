"""A free parameter."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from nlc.ir.system import Shape
from nlc.parts.part import Op, Size


class Weight(Op):
    """A parameter of `size` numbers that is no function of the input; starts at `start`.

    With `end` the numbers start evenly apart, from `start` to there: heads that forget fast and slow.

    Source: elementary; evenly apart: the speeds of Mamba2's heads, arXiv:2405.21060.
    """

    name: ClassVar[str] = "weight"
    equation: ClassVar[str] = "w"
    inputs: ClassVar[int] = 0
    owns: ClassVar[bool] = True
    size: Annotated[Size, Field(description="numbers of the parameter")] = 1
    start: Annotated[float, Field(description="what each of them starts at")] = 0.0
    end: Annotated[float | None, Field(description="what the last starts at; `start` if not given")] = None

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return (self.size,)

    def parameters(self, inputs: tuple[Shape, ...]) -> dict[str, Shape]:
        return {"weight": (self.size,)}
