"""The natural logarithm."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Pointwise


class Log(Pointwise):
    """The natural logarithm.

    Source: elementary.
    """

    name: ClassVar[str] = "log"
    equation: ClassVar[str] = "log(x)"
    derivative: ClassVar[str] = "1 / x"
