"""Delta gradient descent."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from nlc.parts.part import Fraction, Optimizer, Rate, Stream


class Dgd(Optimizer):
    """Delta gradient descent: a step that also erases what the state answered to this input.

    W ← keep(W) + S − erase_rate · W x xᵀ for each layer, x its input (hidden inputs normalized).
    `erase` says which layers. A matrix may erase along keys of its own (`erase_keys`) and by a rate for
    each channel of them (`erase_axis=keys`): W ← keep(W) + S − W c (e ⊙ c)ᵀ.

    Source: Nested Learning, arXiv:2512.24695, eq. 57 and 88; keys and rates of their own: RWKV-7,
    arXiv:2503.14456, eq. 17.
    """

    name: ClassVar[str] = "dgd"
    equation: ClassVar[str] = "S = β S − η g, less η W x xᵀ"
    momentum: ClassVar[bool] = True
    erases: ClassVar[bool] = True
    streams: ClassVar[dict[str, str]] = {
        "lr": "rate",
        "beta": "beta",
        "erase_rate": "erase",
        "erase_keys": "erase_keys",
    }
    lr: Annotated[Rate, Field(description="the rate η; may differ from token to token")]
    beta: Annotated[
        Fraction, Field(description="what S keeps of earlier steps; may differ from token to token")
    ] = 0.0
    erase_rate: Annotated[
        Rate | None,
        Field(description="how much is erased; the rate if not given; may differ from token to token"),
    ] = None
    erase: Annotated[
        Literal["layers", "last", "none"], Field(description="the layers in which it erases")
    ] = "layers"
    erase_keys: Annotated[
        Stream | None, Field(description="the keys x of what is erased, in a matrix; the keys if not given")
    ] = None
    erase_axis: Annotated[
        Literal["keys"] | None,
        Field(description="`keys` gives erase_rate a number for each channel of a key"),
    ] = None
