"""log(cosh(x)), computed without overflow."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Pointwise


class LogCosh(Pointwise):
    """log(cosh(x)), computed without overflow: quadratic near 0, linear far away.

    Source: elementary.
    """

    name: ClassVar[str] = "log_cosh"
    equation: ClassVar[str] = "log(cosh(x))"
    derivative: ClassVar[str] = "tanh(x)"
