"""The hyperbolic cosine."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Pointwise


class Cosh(Pointwise):
    """The hyperbolic cosine.

    Source: elementary.
    """

    name: ClassVar[str] = "cosh"
    equation: ClassVar[str] = "(exp(x) + exp(−x)) / 2"
    derivative: ClassVar[str] = "sinh(x)"
