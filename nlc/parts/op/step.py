"""1 where x is positive, else 0."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Pointwise


class Step(Pointwise):
    """1 where x is positive, else 0."""

    name: ClassVar[str] = "step"
    derivative: ClassVar[str] = "0"
