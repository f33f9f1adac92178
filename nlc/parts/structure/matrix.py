"""A matrix a head."""

from __future__ import annotations

from typing import ClassVar, Literal

from nlc.parts.part import Size, Structure


class Matrix(Structure):
    """A matrix a head, M(k) = W k.

    `key` and `value` are sizes per head; without them the input's size is shared by the heads.
    Linear attention and fast weights: arXiv:2006.16236, arXiv:2102.11174.
    """

    name: ClassVar[str] = "matrix"
    holds: ClassVar[Literal["matrix", "mlp", "cache", "tensor"]] = "matrix"
    equation: ClassVar[str] = "M(k) = W k"
    key: Size | None = None
    value: Size | None = None

    def sizes(self, width: int) -> tuple[int, ...]:
        key = self.key or self.per_head(width, "an input")
        return (key, self.value or self.per_head(width, "an input"))
