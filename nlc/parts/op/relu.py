"""max(x, 0)."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Pointwise


class Relu(Pointwise):
    """max(x, 0)."""

    name: ClassVar[str] = "relu"
    derivative: ClassVar[str] = "step(x)"
