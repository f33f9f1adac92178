"""A learned vector for each token."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from nlc.ir.system import Shape
from nlc.parts.part import Op, ShapeError, Size


class Embed(Op):
    """A learned vector of `size` numbers for each of the `vocab` tokens (the file's dim).

    Source: arXiv:1706.03762.
    """

    name: ClassVar[str] = "embed"
    equation: ClassVar[str] = "E[id]"
    owns: ClassVar[bool] = True
    size: Annotated[Size, Field(description="numbers of a vector")]
    vocab: Annotated[Size, Field(description="how many tokens there are: the file's dim `vocab`")] = 256

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        if inputs[0]:
            raise ShapeError("it takes one token at a place")
        return (self.size,)

    def parameters(self, inputs: tuple[Shape, ...]) -> dict[str, Shape]:
        return {"weight": (self.vocab, self.size)}
