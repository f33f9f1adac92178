"""max(x, 0)."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Pointwise


class Relu(Pointwise):
    """max(x, 0).

    Source: elementary.
    """

    name: ClassVar[str] = "relu"
    equation: ClassVar[str] = "max(x, 0)"
    derivative: ClassVar[str] = "step(x)"
