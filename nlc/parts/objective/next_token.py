"""Cross entropy of the token that comes next."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Objective


class NextToken(Objective):
    """The cross entropy of the next token, summed over the sequence: a model's own objective.

    Source: language modelling, arXiv:1706.03762.
    """

    name: ClassVar[str] = "next_token"
    equation: ClassVar[str] = "−Σ log p(xₜ₊₁ | x≤ₜ)"
