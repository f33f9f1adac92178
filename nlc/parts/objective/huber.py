"""Quadratic near the target, linear far from it."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from nlc.ir.system import EXTRA
from nlc.parts.part import Objective, Positive

LENGTH = "sum((p - v) * (p - v))"


class Huber(Objective):
    """Quadratic near the target, linear far from it: outliers write less.

    Source: Miras, arXiv:2504.13173, eq. 14, 15, and 16 for Yaad.
    """

    name: ClassVar[str] = "huber"
    equation: ClassVar[str] = "H_δ(M(k) − v)"
    streams: ClassVar[dict[str, str]] = {"delta": f"{EXTRA}delta"}
    delta: Annotated[
        Positive,
        Field(description="the distance beyond which it grows linearly; may differ from token to token"),
    ] = 1.0
    by: Annotated[
        Literal["number", "norm", "switch"],
        Field(
            description="what is compared with it: each number of the residual, or its norm; "
            "`switch` is the norm too, with delta Σ|rᵢ| beyond (Yaad)"
        ),
    ] = "number"

    def expression(self) -> str | None:
        delta = self.argument("delta")
        if self.by == "number":
            return f"{self._near()} * (p - v - 0.5 * {self._near()})"
        beyond = f"relu({LENGTH} - {delta} * {delta})"
        if self.by == "norm":
            return (
                f"{delta} * sqrt({beyond} + {delta} * {delta})"
                f" + 0.5 * ({LENGTH} - {beyond}) - {delta} * {delta}"
            )
        within = f"step({delta} * {delta} - {LENGTH})"
        return f"{within} * 0.5 * {LENGTH} + (1 - {within}) * {delta} * sum(abs(p - v))"

    def residual(self) -> str:
        """Given, since it is clearer than what the loss derives to."""
        delta = self.argument("delta")
        if self.by == "number":
            return self._near()
        if self.by == "norm":  # over the length, or over delta where that is more
            return f"(p - v) * {delta} / sqrt(relu({LENGTH} - {delta} * {delta}) + {delta} * {delta})"
        within = f"step({delta} * {delta} - {LENGTH})"
        return f"{within} * (p - v) + (1 - {within}) * {delta} * sign(p - v)"

    def _near(self) -> str:
        """The residual, each number held between -delta and delta."""
        if isinstance(self.delta, str):
            return "delta * clamp((p - v) / delta, -1, 1)"
        return f"clamp(p - v, -{self.delta!r}, {self.delta!r})"
