"""The minimiser itself."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from nlc.parts.part import Optimizer, Rate


def _positive(value: float | str) -> float | str:
    if not isinstance(value, str) and value <= 0:
        raise ValueError("it must be more than 0")
    return value


class ClosedForm(Optimizer):
    """The minimiser of the objective itself, without steps: softmax attention in a cache, and in a matrix
    the least squares over all pairs so far.

    A matrix answers with the W of least Σ strength · loss + ½ Tr W diag(ridge) Wᵀ, where pairs fade by what
    is kept: M(q) = G (H + diag(ridge))⁻¹ q, where H sums k kᵀ and G sums v kᵀ. `ridge` belongs to a read, and
    `strength` to a write.

    Source: Nested Learning, arXiv:2512.24695, eq. 62; the Mesa layer, arXiv:2309.05858; MesaNet,
    arXiv:2506.05233.
    """

    name: ClassVar[str] = "closed_form"
    equation: ClassVar[str] = "W = argmin loss"
    closed: ClassVar[bool] = True
    streams: ClassVar[dict[str, str]] = {"ridge": "ridge", "strength": "rate"}
    ridge: Annotated[
        Annotated[float | str, AfterValidator(_positive)] | None,
        Field(
            description="what large weights cost, for a matrix; a number, or one for each channel of a key"
        ),
    ] = None
    strength: Annotated[
        Rate | None,
        Field(description="what a pair counts, for a matrix: 1 if not given; may differ from token to token"),
    ] = None
