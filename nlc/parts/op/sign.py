"""−1, 0 or 1."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Pointwise


class Sign(Pointwise):
    """−1, 0 or 1.

    Source: elementary.
    """

    name: ClassVar[str] = "sign"
    equation: ClassVar[str] = "sign(x)"
    derivative: ClassVar[str] = "0"
