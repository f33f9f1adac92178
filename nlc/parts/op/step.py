"""1 where x is positive, else 0."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Pointwise


class Step(Pointwise):
    """1 where x is positive, else 0.

    Source: elementary.
    """

    name: ClassVar[str] = "step"
    equation: ClassVar[str] = "1 if x > 0 else 0"
    derivative: ClassVar[str] = "0"
