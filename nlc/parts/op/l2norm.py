"""The vector divided by its length."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from nlc.ir.system import Shape
from nlc.parts.part import Op


class L2norm(Op):
    """The vector divided by its length, with `eps` against a length of 0.

    Two forms are in use, and they differ most where a vector is short: `eps` beside the length, and
    under the root (`inside=true`), as flash-linear-attention and Qwen3-Next compute it.

    Source: elementary; under the root: github.com/fla-org/flash-linear-attention, modules/l2norm.py.
    """

    name: ClassVar[str] = "l2norm"
    equation: ClassVar[str] = "x / (‖x‖ + eps), or x / √(‖x‖² + eps)"
    preserves: ClassVar[bool] = True
    by_head: ClassVar[bool] = True
    eps: Annotated[float, Field(ge=0, description="what keeps it finite at 0")] = 1e-6
    inside: Annotated[bool, Field(description="whether `eps` stands under the root")] = False

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return inputs[0]
