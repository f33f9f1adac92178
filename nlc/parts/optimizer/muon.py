"""Momentum, orthogonalized before it is added."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from nlc.parts.part import Fraction, Optimizer, Rate


class Muon(Optimizer):
    """Momentum that is orthogonalized: S ← beta · S − g; W ← keep(W) + lr · NS(S), each matrix by itself.

    NS is `iterations` steps of Newton and Schulz with the quintic 3.4445 X − 4.7750 X XᵀX + 2.0315 X (XᵀX)²,
    from S over its Frobenius norm. The rate is outside of S: it says how far a write goes, whatever the
    size of the gradient.

    Source: Atlas, arXiv:2505.23735, eq. 32 and 33; the quintic: Jordan et al., Muon, 2024.
    """

    name: ClassVar[str] = "muon"
    equation: ClassVar[str] = "S = β S − g, W ← W + η NS(S)"
    momentum: ClassVar[bool] = True
    streams: ClassVar[dict[str, str]] = {"lr": "rate", "beta": "beta"}
    maps: ClassVar[tuple[str, ...] | None] = ("iterations",)
    lr: Annotated[Rate, Field(description="the rate η; may differ from token to token")]
    beta: Annotated[
        Fraction, Field(description="what S keeps of earlier gradients; may differ from token to token")
    ] = 0.9
    iterations: Annotated[int, Field(ge=1, le=10, description="steps of Newton and Schulz")] = 5
