"""The hyperbolic tangent."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Pointwise


class Tanh(Pointwise):
    """The hyperbolic tangent."""

    name: ClassVar[str] = "tanh"
    derivative: ClassVar[str] = "1 - tanh(x) * tanh(x)"
