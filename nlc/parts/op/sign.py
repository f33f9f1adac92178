"""−1, 0 or 1."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Pointwise


class Sign(Pointwise):
    """−1, 0 or 1."""

    name: ClassVar[str] = "sign"
    derivative: ClassVar[str] = "0"
