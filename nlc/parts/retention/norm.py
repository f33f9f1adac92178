"""Keep a fraction of the state, which is seen divided by a power of its norm."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from nlc.parts.part import Mapped


class Norm(Mapped):
    """Keep a fraction of A; readers and gradients see A / ‖A‖_q^(q−2), each matrix by itself.

    With `q=2` that is A itself. The theory divides by the power of the dual norm, q/(q−1); Moneta is
    built with `q=4`.

    Source: Moneta in Miras, arXiv:2504.13173, eq. 24.
    """

    name: ClassVar[str] = "norm"
    equation: ClassVar[str] = "W = A / ‖A‖_q^(q−2)"
    maps: ClassVar[tuple[str, ...] | None] = ("q",)
    q: Annotated[float, Field(gt=1, le=16, description="of which norm; its power is 2 less")] = 4.0
