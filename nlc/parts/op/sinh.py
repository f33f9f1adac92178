"""The hyperbolic sine."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Pointwise


class Sinh(Pointwise):
    """The hyperbolic sine.

    Source: elementary.
    """

    name: ClassVar[str] = "sinh"
    equation: ClassVar[str] = "(exp(x) − exp(−x)) / 2"
    derivative: ClassVar[str] = "cosh(x)"
