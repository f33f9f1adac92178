"""Half the squared distance of prediction and value."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Objective


class L2(Objective):
    """Half the squared distance of prediction and value: the delta rule (DeltaNet, Titans, TTT).

    Source: DeltaNet, arXiv:2406.06484; Titans, arXiv:2501.00663.
    """

    name: ClassVar[str] = "l2"
    equation: ClassVar[str] = "½‖M(k) − v‖²"
    loss: ClassVar[str | None] = "0.5 * (p - v) * (p - v)"
