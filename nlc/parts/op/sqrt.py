"""The square root."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Pointwise


class Sqrt(Pointwise):
    """The square root."""

    name: ClassVar[str] = "sqrt"
    derivative: ClassVar[str] = "0.5 / sqrt(x)"
