"""A matrix a head."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from nlc.parts.part import ShapeError, Size, Structure


class Matrix(Structure):
    """A matrix a head, M(k) = W k.

    `key` and `value` are sizes per head; without them the input's size is shared by the heads.
    `key_heads` shares keys and queries: heads in a row, `heads / key_heads` of them, have the same.

    Source: linear attention, arXiv:2006.16236; fast weights, arXiv:2102.11174; shared keys:
    the groups of Mamba2, arXiv:2405.21060.
    """

    name: ClassVar[str] = "matrix"
    holds: ClassVar[Literal["matrix", "mlp", "cache", "tensor"]] = "matrix"
    equation: ClassVar[str] = "M(k) = W k"
    key: Annotated[
        Size | None, Field(description="numbers of a key, a head; the input's share if not given")
    ] = None
    value: Annotated[
        Size | None, Field(description="numbers of a value, a head; the input's share if not given")
    ] = None

    key_heads: Annotated[
        Size | None, Field(description="heads of keys and queries; as many as `heads` if not given")
    ] = None

    def sizes(self, width: int) -> tuple[int, ...]:
        if self.key_heads and self.heads % self.key_heads:
            raise ShapeError(f"{self.heads} heads cannot share {self.key_heads} heads of keys")
        key = self.key or self.per_head(width, "an input")
        return (key, self.value or self.per_head(width, "an input"))
