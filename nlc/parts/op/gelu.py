"""The Gaussian error linear unit."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Pointwise


class Gelu(Pointwise):
    """x Φ(x), with the normal distribution Φ.

    Source: arXiv:1606.08415.
    """

    name: ClassVar[str] = "gelu"
    equation: ClassVar[str] = "x Φ(x)"
    derivative: ClassVar[str] = (
        "0.5 * (1 + erf(0.7071067811865476 * x)) + 0.3989422804014327 * x * exp(-0.5 * x * x)"
    )
