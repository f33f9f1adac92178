"""The p-th power of the p-norm of the residual."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from nlc.parts.part import Objective


class Lp(Objective):
    """The p-th power of the p-norm: with p above 2 far values write more, with p below 2 less.

    |r| is √(r² + smooth), and the sign that its derivative has is r / |r|. Moneta has the same |r| and
    suggests tanh for the sign, which no loss with this |r| has as its derivative.

    Source: Moneta in Miras, arXiv:2504.13173, eq. 10, 11 and 25.
    """

    name: ClassVar[str] = "lp"
    equation: ClassVar[str] = "‖M(k) − v‖ₚᵖ"
    p: Annotated[float, Field(ge=1, le=8, description="which norm, and its power")] = 3.0
    smooth: Annotated[
        float, Field(gt=0, le=1, description="what is added to the square of a number before its root")
    ] = 1e-6

    def expression(self) -> str | None:
        square = f"((p - v) * (p - v) + {self.smooth!r})"
        return _power(square, self.p)

    def residual(self) -> str:
        """Given, since it is clearer than what the loss derives to."""
        rest = _power(f"((p - v) * (p - v) + {self.smooth!r})", self.p - 2)
        return f"{self.p!r} * (p - v)" + (f" * {rest}" if rest else "")


def _power(square: str, power: float) -> str:
    """A power of the root of what is positive."""
    if power % 1:
        return f"exp({power / 2!r} * log({square}))"
    if power < 0:
        return f"1 / sqrt({square})"
    return " * ".join([square] * int(power // 2) + [f"sqrt({square})"] * int(power % 2))
