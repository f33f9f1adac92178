"""log(cosh(x)), computed without overflow."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Pointwise


class LogCosh(Pointwise):
    """log(cosh(x)), computed without overflow: quadratic near 0, linear far away."""

    name: ClassVar[str] = "log_cosh"
    derivative: ClassVar[str] = "tanh(x)"
