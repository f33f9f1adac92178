"""A small network a head."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from nlc.parts.part import ShapeError, Size, Structure


class Mlp(Structure):
    """A network of `depth` layers a head: M(k) = W₂ s(W₁ k) for depth 2.

    Hidden layers are `expansion` times as wide as the key; `residual` adds the key to the answer,
    `norm` puts a layer norm before that, without weights or with a `learned` scale and shift, which are
    the outer optimizer's. `gated` makes it W₃ (s(W₁ k) ⊙ W₂ k).
    A `bias` is the weight of one more input that is always 1, in every layer: it is written as weights are.

    Source: Titans, arXiv:2501.00663; TTT, arXiv:2407.04620; gated layers, arXiv:2002.05202.
    """

    name: ClassVar[str] = "mlp"
    holds: ClassVar[Literal["matrix", "mlp", "cache", "tensor"]] = "mlp"
    equation: ClassVar[str] = "M(k) = W₂ s(W₁ k)"
    depth: Annotated[int, Field(ge=1, le=3, description="layers")] = 2
    expansion: Annotated[float, Field(gt=0, le=64, description="width of a hidden layer, in keys")] = 4
    residual: Annotated[bool, Field(description="add the key to the answer")] = False
    norm: Annotated[
        bool | Literal["learned"], Field(description="normalize the answer before the key is added")
    ] = False
    eps: Annotated[float, Field(gt=0, le=1, description="what the norm adds to the mean square")] = 1e-5
    activation: Annotated[
        Literal["gelu", "gelu_tanh", "silu", "relu", "tanh"],
        Field(description="the function s between the layers"),
    ] = "gelu"
    bias: Annotated[bool, Field(description="give every layer one more input that is always 1")] = False
    gated: Annotated[bool, Field(description="multiply the hidden layer by another: W₃ (s(W₁ k) ⊙ W₂ k)")] = (
        False
    )
    key: Annotated[
        Size | None, Field(description="numbers of a key, a head; the input's share if not given")
    ] = None
    out: Annotated[
        Size | None,
        Field(description="numbers of the answer of all heads together; as many as the input if not given"),
    ] = None

    def sizes(self, width: int) -> tuple[int, ...]:
        key = self.key or self.per_head(width, "an input")
        value = self.per_head(self.out or width, "an answer")
        if self.residual and value != key:
            raise ShapeError(f"a residual needs answers of the key's size: {value} a head is not {key}")
        hidden = max(1, round(self.expansion * key))
        return (key, *[hidden] * (self.depth - 1), value)

    def weights(self, sizes: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
        """With `bias` the last input is the one that is always 1; `gated` has two weights side by side."""
        shapes = tuple((wide, narrow + self.bias) for narrow, wide in pairwise(sizes))
        return shapes[:1] + shapes if self.gated else shapes
