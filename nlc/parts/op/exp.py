"""The exponential."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Pointwise


class Exp(Pointwise):
    """The exponential."""

    name: ClassVar[str] = "exp"
    derivative: ClassVar[str] = "exp(x)"
