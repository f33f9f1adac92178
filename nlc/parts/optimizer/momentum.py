"""Gradient steps with a running sum."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from nlc.parts.part import Fraction, Optimizer, Rate


class Momentum(Optimizer):
    """Gradient steps with momentum: S ← beta · S − lr · g; W ← keep(W) + S.

    The rate is inside S, and S is not decayed by retention.

    Source: Titans, arXiv:2501.00663, eq. 9 and 10.
    """

    name: ClassVar[str] = "momentum"
    equation: ClassVar[str] = "S = β S − η g"
    momentum: ClassVar[bool] = True
    streams: ClassVar[dict[str, str]] = {"lr": "rate", "beta": "beta"}
    lr: Annotated[Rate, Field(description="the rate η; may differ from token to token")]
    beta: Annotated[
        Fraction, Field(description="what S keeps of earlier steps; may differ from token to token")
    ] = 0.9
    batched: Annotated[bool, Field(description="sum a period's gradients and write once, at its end")] = False
