"""A learned matrix."""

from __future__ import annotations

from math import prod
from typing import Annotated, ClassVar

from pydantic import Field

from nlc.ir.system import Shape
from nlc.parts.part import Op, ShapeError, Size


class Linear(Op):
    """A learned matrix: `out` numbers from the input's.

    Without `out`, as many as the place needs in a memory's field, and as many as come in elsewhere.

    Source: elementary.
    """

    name: ClassVar[str] = "linear"
    equation: ClassVar[str] = "W x + b"
    owns: ClassVar[bool] = True
    out: Annotated[
        Size | None, Field(description="numbers of the result; as many as the place needs if not given")
    ] = None
    bias: Annotated[float | None, Field(description="a bias, which starts there; none if not given")] = None

    def settle(self, inputs: tuple[Shape, ...], want: Shape | None) -> Linear:
        size = self.out or (prod(want) if want else _width(inputs[0]))
        return self.model_copy(update={"out": size})

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        _width(inputs[0])
        return (self.out or 0,)

    def parameters(self, inputs: tuple[Shape, ...]) -> dict[str, Shape]:
        out = self.out or 0
        weight = {"weight": (out, _width(inputs[0]))}
        return weight if self.bias is None else weight | {"bias": (out,)}

    def flops(self, inputs: tuple[Shape, ...]) -> int:
        return 2 * (self.out or 0) * _width(inputs[0])


def _width(shape: Shape) -> int:
    if len(shape) != 1:
        raise ShapeError("it takes a vector a token")
    return shape[0]
