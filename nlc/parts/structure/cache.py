"""All pairs as they came."""

from __future__ import annotations

from typing import ClassVar, Literal

from nlc.parts.part import ShapeError, Size, Structure


class Cache(Structure):
    """The pairs themselves, `window` of them or all: what softmax attention answers from.

    `kv_heads` shares keys and values between heads (GQA, arXiv:2305.13245).
    """

    name: ClassVar[str] = "cache"
    holds: ClassVar[Literal["matrix", "mlp", "cache", "tensor"]] = "cache"
    kv_heads: Size | None = None
    window: Size | None = None

    def sizes(self, width: int) -> tuple[int, ...]:
        if self.kv_heads and self.heads % self.kv_heads:
            raise ShapeError(f"{self.heads} heads cannot share {self.kv_heads} heads of keys")
        size = self.per_head(width, "an input")
        return (size, size)
