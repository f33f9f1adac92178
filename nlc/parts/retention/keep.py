"""Keep a fraction of the state."""

from __future__ import annotations

from typing import ClassVar, Literal

from nlc.parts.part import Fraction, Retention


class Keep(Retention):
    """Keep the fraction `fraction` of the state, and go towards `to` by the rest.

    `first` takes the gradient at the state already decayed (Gated DeltaNet, arXiv:2412.06464).
    `axis` says along which axis a fraction for each channel lies.
    """

    name: ClassVar[str] = "keep"
    equation: ClassVar[str] = "W ← a W + (1 − a) target"
    streams: ClassVar[dict[str, str]] = {"fraction": "keep"}
    fraction: Fraction = 1.0
    to: Literal["zero", "init", "anchor"] = "zero"
    first: bool = False
    axis: Literal["keys", "values"] | None = None
