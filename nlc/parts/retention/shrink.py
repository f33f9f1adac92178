"""Keep a fraction of the state, which is seen with small numbers as 0."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from nlc.parts.part import Mapped


class Shrink(Mapped):
    """Keep a fraction of A; readers and gradients see each number nearer to 0 by `threshold`, 0 within it.

    The elastic net in the form that follows the leader: A itself is not shrunk.

    Source: Miras, arXiv:2504.13173, eq. 22 and 23.
    """

    name: ClassVar[str] = "shrink"
    equation: ClassVar[str] = "W = sign(A) max(|A| − threshold, 0)"
    maps: ClassVar[tuple[str, ...] | None] = ("threshold",)
    threshold: Annotated[float, Field(ge=0, description="how much nearer to 0")] = 0.01
