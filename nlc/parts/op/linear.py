"""A learned matrix."""

from __future__ import annotations

from math import prod
from typing import ClassVar

from nlc.ir.system import Shape
from nlc.parts.part import Op, ShapeError, Size


class Linear(Op):
    """A learned matrix: `out` numbers from the input's. Without `out`, as many as the place needs
    in a memory's field, and as many as come in elsewhere. `bias` adds a bias that starts there."""

    name: ClassVar[str] = "linear"
    owns: ClassVar[bool] = True
    out: Size | None = None
    bias: float | None = None

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
        raise ShapeError(f"linear takes a vector a token, not shape {list(shape)}")
    return shape[0]
