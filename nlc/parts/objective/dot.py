"""The dot product of prediction and value, negated."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Objective


class Dot(Objective):
    """The dot product of prediction and value, negated: Hebbian writing (linear attention).

    Source: linear attention, arXiv:2006.16236; Nested Learning, arXiv:2512.24695.
    """

    name: ClassVar[str] = "dot"
    equation: ClassVar[str] = "−⟨M(k), v⟩"
    loss: ClassVar[str | None] = "-(p * v)"
