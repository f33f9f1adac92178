"""All monomials of a vector."""

from __future__ import annotations

from math import comb
from typing import Annotated, ClassVar

from pydantic import Field

from nlc.ir.system import Shape
from nlc.parts.part import Op, ShapeError

MOST = 65536
"""Monomials of one vector."""


class Poly(Op):
    """All monomials of up to `degree` numbers of a vector, the constant 1 first: φ of degree p.

    Those of each degree i have a learned coefficient of their own, which starts at 1/i!. A head of n
    numbers gives (n + p)! / (n! p!) of them, which the structure's `key` must say.

    Source: Atlas, arXiv:2505.23735, section 3.1.
    """

    name: ClassVar[str] = "poly"
    equation: ClassVar[str] = "(a₀, a₁ xᵢ, a₂ xᵢ xⱼ, …), i ≤ j ≤ …"
    owns: ClassVar[bool] = True
    by_head: ClassVar[bool] = True
    degree: Annotated[int, Field(ge=1, le=8, description="numbers of the longest product")] = 2

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        if not inputs[0]:
            raise ShapeError("it takes a vector a token")
        size = inputs[0][-1]
        count = comb(size + self.degree, self.degree)
        if count > MOST:
            said = f"{size:,} numbers have {count:,} monomials of up to degree {self.degree}"
            raise ShapeError(f"{said}; {MOST:,} are the most")
        return (*inputs[0][:-1], count)

    def parameters(self, inputs: tuple[Shape, ...]) -> dict[str, Shape]:
        return {"weight": (self.degree + 1,)}
