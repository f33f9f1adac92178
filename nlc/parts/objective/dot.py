"""The dot product of prediction and value, negated."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Objective


class Dot(Objective):
    """The dot product of prediction and value, negated: Hebbian writing (linear attention)."""

    name: ClassVar[str] = "dot"
    equation: ClassVar[str] = "−⟨M(k), v⟩"
    loss: ClassVar[str | None] = "-(p * v)"
