"""The hyperbolic tangent."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Pointwise


class Tanh(Pointwise):
    """The hyperbolic tangent.

    Source: elementary.
    """

    name: ClassVar[str] = "tanh"
    equation: ClassVar[str] = "tanh(x)"
    derivative: ClassVar[str] = "1 - tanh(x) * tanh(x)"
