"""The absolute value."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Pointwise


class Abs(Pointwise):
    """The absolute value."""

    name: ClassVar[str] = "abs"
    derivative: ClassVar[str] = "sign(x)"
