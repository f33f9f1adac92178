"""The error function."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Pointwise


class Erf(Pointwise):
    """The error function.

    Source: elementary.
    """

    name: ClassVar[str] = "erf"
    equation: ClassVar[str] = "2/√π ∫₀ˣ exp(−t²) dt"
    derivative: ClassVar[str] = "1.1283791670955126 * exp(-(x * x))"
