"""Quadratic near the target, linear far from it."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from nlc.parts.part import Objective


class Huber(Objective):
    """Quadratic near the target, linear far from it: outliers write less.

    Source: Miras, arXiv:2504.13173.
    """

    name: ClassVar[str] = "huber"
    equation: ClassVar[str] = "H_δ(M(k) − v)"
    delta: Annotated[float, Field(gt=0, description="the distance beyond which it grows linearly")] = 1.0

    def expression(self) -> str | None:
        near = f"clamp(p - v, -{self.delta!r}, {self.delta!r})"
        return f"{near} * (p - v - 0.5 * {near})"

    def residual(self) -> str:
        """Given, since it is clearer than what the loss derives to."""
        return f"clamp(p - v, -{self.delta!r}, {self.delta!r})"
