"""The natural logarithm."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Pointwise


class Log(Pointwise):
    """The natural logarithm."""

    name: ClassVar[str] = "log"
    derivative: ClassVar[str] = "1 / x"
