"""One gradient step a token."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from nlc.parts.part import Optimizer, Rate


class Sgd(Optimizer):
    """One gradient step: W ← keep(W) − lr · g.

    `batched` sums the gradients of a period and writes once, at its end. With `steps=n` a token writes n
    pairs, one after the other: keys, values and rate have n times the numbers, those of the first step in
    all heads first, and what is kept of the old state is kept once, before the first.

    Source: fast weights and DeltaNet, arXiv:2102.11174; several steps: DeltaProduct, arXiv:2502.10297.
    """

    name: ClassVar[str] = "sgd"
    equation: ClassVar[str] = "S = −η g"
    streams: ClassVar[dict[str, str]] = {"lr": "rate"}
    lr: Annotated[Rate, Field(description="the rate η; may differ from token to token")]
    batched: Annotated[bool, Field(description="sum a period's gradients and write once, at its end")] = False
    steps: Annotated[
        int, Field(ge=1, le=16, description="pairs that a token writes, one after the other")
    ] = 1
