"""Keep a fraction of the state."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from nlc.parts.part import Fraction, Retention


class Keep(Retention):
    """Keep the fraction `fraction` of the state, and go towards `to` by the rest.

    `first` takes the gradient at the state already decayed. `axis` says along which axis a fraction
    for each channel lies.

    Source: Gated DeltaNet, arXiv:2412.06464; Titans, arXiv:2501.00663.
    """

    name: ClassVar[str] = "keep"
    equation: ClassVar[str] = "W ← a W + (1 − a) target"
    streams: ClassVar[dict[str, str]] = {"fraction": "keep"}
    fraction: Annotated[
        Fraction, Field(description="the kept fraction a; may differ from token to token")
    ] = 1.0
    to: Annotated[
        Literal["zero", "init", "anchor"],
        Field(description="where the rest goes: nothing, the learned start, or the anchored state"),
    ] = "zero"
    first: Annotated[bool, Field(description="take the gradient at the decayed state")] = False
    axis: Annotated[
        Literal["keys", "values"] | None,
        Field(description="the side of a matrix that has a fraction for each channel"),
    ] = None
