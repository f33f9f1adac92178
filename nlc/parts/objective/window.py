"""Another objective over the last pairs."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from nlc.parts.part import Objective, Rate


class Window(Objective):
    """Another objective, summed over the last `length` pairs instead of the newest alone: the Omega rule.

    All their gradients are taken at the state of the token that writes. `weights` is how much a pair counts,
    computed at its own token and the same in every window that holds it; what a whole window counts is the
    rate.

    Source: Atlas, arXiv:2505.23735, eq. 9.
    """

    name: ClassVar[str] = "window"
    equation: ClassVar[str] = "Σᵢ γᵢ loss(M(kᵢ), vᵢ) over the last pairs i"
    streams: ClassVar[dict[str, str]] = {"weights": "counts"}
    objective: Annotated[Objective, Field(description="the objective of one pair")]
    length: Annotated[int, Field(ge=1, le=4096, description="how many of the last pairs it sums over")]
    weights: Annotated[
        Rate, Field(description="how much a pair counts, γ; may differ from token to token")
    ] = 1.0

    def expression(self) -> str | None:
        """Of one pair."""
        return self.objective.expression()
