"""Keep a fraction of log weights, which are seen as weights that sum to a number."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from nlc.parts.part import Mapped


class Simplex(Mapped):
    """Keep a fraction of the log weights A; readers and gradients see weights above 0 that sum to `scale`.

    Each number of an answer, and of a hidden layer, has weights of its own: a row of the matrix. What
    is kept by a divergence of Kullback and Leibler is a fraction of the logarithm.

    Source: Memora in Miras, arXiv:2504.13173, eq. 21 and 27.
    """

    name: ClassVar[str] = "simplex"
    equation: ClassVar[str] = "W = scale · softmax(A)"
    maps: ClassVar[tuple[str, ...] | None] = ("scale",)
    scale: Annotated[float, Field(gt=0, description="what the weights of a row sum to")] = 1.0
