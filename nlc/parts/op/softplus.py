"""log(1 + exp(x)), smooth and positive."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Pointwise


class Softplus(Pointwise):
    """log(1 + exp(x)), smooth and positive.

    Source: elementary.
    """

    name: ClassVar[str] = "softplus"
    equation: ClassVar[str] = "log(1 + exp(x))"
    derivative: ClassVar[str] = "sigmoid(x)"
