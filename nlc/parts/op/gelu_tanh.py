"""The Gaussian error linear unit, as GPT-2 approximates it."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Pointwise


class GeluTanh(Pointwise):
    """`gelu` with tanh in place of the normal distribution: GPT-2's `gelu_new`.

    Source: arXiv:1606.08415, section 2.
    """

    name: ClassVar[str] = "gelu_tanh"
    equation: ClassVar[str] = "½ x (1 + tanh(√(2/π) (x + 0.044715 x³)))"
    derivative: ClassVar[str] = (
        "0.5 * (1 + tanh(0.7978845608028654 * x * (1 + 0.044715 * x * x)))"
        " + 0.5 * x * (0.7978845608028654 + 0.10703222440890037 * x * x)"
        " * (1 - tanh(0.7978845608028654 * x * (1 + 0.044715 * x * x))"
        " * tanh(0.7978845608028654 * x * (1 + 0.044715 * x * x)))"
    )
