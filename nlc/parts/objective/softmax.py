"""The kernel regression that softmax attention solves."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Objective


class Softmax(Objective):
    """Σᵢ exp(⟨kᵢ, q⟩/√d) ‖vᵢ − z‖² over the answer z, which softmax attention minimises in closed form.

    Nested Learning, arXiv:2512.24695, eq. 62.
    """

    name: ClassVar[str] = "softmax"
    equation: ClassVar[str] = "y = Σ softmax(⟨kᵢ, q⟩/√d) vᵢ"
