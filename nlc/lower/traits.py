"""What follows from an objective's loss: the traits by which kernel families are chosen."""

from __future__ import annotations

from typing import Any

from nlc.lower.differentiate import residual
from nlc.parts.meaning import inlined, parse
from nlc.parts.part import Objective
from nlc.write.expr import print_expr


def traits(objective: Objective) -> dict[str, Any] | None:
    """The loss, its derivative by the prediction, and what that says; None for a loss that is not its own."""
    written = objective.expression()
    if written is None:
        return None
    derived, slope = residual(inlined(parse(written)))
    given = getattr(objective, "residual", None)
    return {
        "loss": print_expr(parse(written)),
        "residual": print_expr(parse(given()) if given else derived),
        "reads_prediction": slope != 0,
        "affine": slope is not None,
        "slope": slope,
    }


def text(found: dict[str, Any]) -> str:
    """The traits as lines."""
    reads = "yes" if found["reads_prediction"] else "no: sums with decay serve a matrix"
    exact = "yes: an exact chunk-parallel form serves a matrix"
    affine = exact if found["affine"] else "no: gradients are taken at an anchor"
    return (
        f"loss      {found['loss']}\n"
        f"∂loss/∂p  {found['residual']}\n"
        f"reads the prediction?  {reads}\n"
        f"affine in it?          {affine}"
    )
