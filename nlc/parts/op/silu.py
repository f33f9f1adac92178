"""x · sigmoid(x)."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Pointwise


class Silu(Pointwise):
    """x · sigmoid(x)."""

    name: ClassVar[str] = "silu"
    derivative: ClassVar[str] = "sigmoid(x) * (1 + x * (1 - sigmoid(x)))"
