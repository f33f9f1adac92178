"""The square root."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Pointwise


class Sqrt(Pointwise):
    """The square root.

    Source: elementary.
    """

    name: ClassVar[str] = "sqrt"
    equation: ClassVar[str] = "√x"
    derivative: ClassVar[str] = "0.5 / sqrt(x)"
