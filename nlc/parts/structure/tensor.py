"""One number for each number of a parameter."""

from __future__ import annotations

from typing import ClassVar, Literal

from nlc.parts.part import Structure


class Tensor(Structure):
    """A state of the parameter's own shape: momentum and the other states of optimizer forms.

    Source: Nested Learning, arXiv:2512.24695, eq. 10 to 13.
    """

    name: ClassVar[str] = "tensor"
    holds: ClassVar[Literal["matrix", "mlp", "cache", "tensor"]] = "tensor"
    equation: ClassVar[str] = "M = W"

    def sizes(self, width: int) -> tuple[int, ...]:
        return (width,)
