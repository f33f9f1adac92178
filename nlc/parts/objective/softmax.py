"""The kernel regression that softmax attention solves."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Objective


class Softmax(Objective):
    """The kernel regression that softmax attention solves in closed form.

    Its loss over the answer z is Σᵢ exp(⟨kᵢ, q⟩/√d) ‖vᵢ − z‖².

    Source: Nested Learning, arXiv:2512.24695, eq. 62.
    """

    name: ClassVar[str] = "softmax"
    equation: ClassVar[str] = "y = Σ softmax(⟨kᵢ, q⟩/√d) vᵢ"
