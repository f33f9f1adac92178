"""Nothing yet."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Init


class Zeros(Init):
    """The first state is zero.

    Source: linear attention, arXiv:2006.16236.
    """

    name: ClassVar[str] = "zeros"
    equation: ClassVar[str] = "W₀ = 0"
