"""One number for each token that may come next."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from nlc.ir.system import Shape
from nlc.parts.part import Op, ShapeError, Size


class Unembed(Op):
    """A score for each of the `vocab` tokens (the file's dim); `tied` shares the table of `embed`.

    Source: tied tables, arXiv:1608.05859.
    """

    name: ClassVar[str] = "unembed"
    equation: ClassVar[str] = "E x"
    owns: ClassVar[bool] = True
    vocab: Annotated[Size, Field(description="how many tokens there are: the file's dim `vocab`")] = 256
    tied: Annotated[bool, Field(description="use the table of `embed`")] = False

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        if len(inputs[0]) != 1:
            raise ShapeError("it takes a vector a token")
        return (self.vocab,)

    def parameters(self, inputs: tuple[Shape, ...]) -> dict[str, Shape]:
        return {} if self.tied else {"weight": (self.vocab, inputs[0][0])}

    def flops(self, inputs: tuple[Shape, ...]) -> int:
        return 2 * self.vocab * inputs[0][0]
