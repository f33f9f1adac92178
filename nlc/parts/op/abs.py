"""The absolute value."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Pointwise


class Abs(Pointwise):
    """The absolute value.

    Source: elementary.
    """

    name: ClassVar[str] = "abs"
    equation: ClassVar[str] = "|x|"
    derivative: ClassVar[str] = "sign(x)"
