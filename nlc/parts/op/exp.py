"""The exponential."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Pointwise


class Exp(Pointwise):
    """The exponential.

    Source: elementary.
    """

    name: ClassVar[str] = "exp"
    equation: ClassVar[str] = "exp(x)"
    derivative: ClassVar[str] = "exp(x)"
