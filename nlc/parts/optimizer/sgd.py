"""One gradient step a token."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from nlc.parts.part import Optimizer, Rate


class Sgd(Optimizer):
    """One gradient step: W ← keep(W) − lr · g.

    `batched` sums the gradients of a period and writes once, at its end.

    Source: fast weights and DeltaNet, arXiv:2102.11174.
    """

    name: ClassVar[str] = "sgd"
    equation: ClassVar[str] = "S = −η g"
    streams: ClassVar[dict[str, str]] = {"lr": "rate"}
    lr: Annotated[Rate, Field(description="the rate η; may differ from token to token")]
    batched: Annotated[bool, Field(description="sum a period's gradients and write once, at its end")] = False
