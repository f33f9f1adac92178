"""All pairs as they came."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from nlc.parts.part import ShapeError, Size, Structure


class Cache(Structure):
    """The pairs themselves, `window` of them or all: what softmax attention answers from.

    `kv_heads` shares keys and values between heads. `sinks` of the stream's first tokens stay beside a
    window. `slots` with `init: learned` are learned pairs that have no time: all tokens see them.

    Source: attention, arXiv:1706.03762; shared heads, arXiv:2305.13245; sinks, arXiv:2309.17453;
    learned pairs (persistent memory), arXiv:1907.01470 and arXiv:2501.00663, section 3.3.
    """

    name: ClassVar[str] = "cache"
    equation: ClassVar[str] = "{(kᵢ, vᵢ)}"
    holds: ClassVar[Literal["matrix", "mlp", "cache", "tensor"]] = "cache"
    kv_heads: Annotated[
        Size | None, Field(description="heads of keys and values; as many as `heads` if not given")
    ] = None
    window: Annotated[
        Size | None, Field(description="how many of the last pairs are kept; all if not given")
    ] = None
    sinks: Annotated[
        int, Field(ge=0, le=2**20, description="how many of the first tokens stay beside a window")
    ] = 0
    slots: Annotated[
        int, Field(ge=0, le=2**20, description="learned pairs of each head, with `init: learned`")
    ] = 0

    def sizes(self, width: int) -> tuple[int, ...]:
        if self.kv_heads and self.heads % self.kv_heads:
            raise ShapeError(f"{self.heads} heads cannot share {self.kv_heads} heads of keys")
        size = self.per_head(width, "an input")
        return (size, size)

    def weights(self, sizes: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
        """None: it holds pairs."""
        return ()
