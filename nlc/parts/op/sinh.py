"""The hyperbolic sine."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Pointwise


class Sinh(Pointwise):
    """The hyperbolic sine."""

    name: ClassVar[str] = "sinh"
    derivative: ClassVar[str] = "cosh(x)"
