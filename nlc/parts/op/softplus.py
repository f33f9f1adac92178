"""log(1 + exp(x)), smooth and positive."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Pointwise


class Softplus(Pointwise):
    """log(1 + exp(x)), smooth and positive."""

    name: ClassVar[str] = "softplus"
    derivative: ClassVar[str] = "sigmoid(x)"
