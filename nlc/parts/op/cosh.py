"""The hyperbolic cosine."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Pointwise


class Cosh(Pointwise):
    """The hyperbolic cosine."""

    name: ClassVar[str] = "cosh"
    derivative: ClassVar[str] = "sinh(x)"
