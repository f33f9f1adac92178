"""Root mean square normalization, by its long name."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.op.norm import Norm


class Rmsnorm(Norm):
    """The same as `norm`: root mean square, times a learned weight.

    Source: arXiv:1910.07467.
    """

    name: ClassVar[str] = "rmsnorm"
