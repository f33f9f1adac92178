"""A loss of the user's own."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Objective


class Minimize(Objective):
    """A loss written in the spec: `minimize(log(cosh(p - v)))`, with `p` the prediction, `v` the value.

    A vector result is summed; other names are the block's.

    Source: Nested Learning, arXiv:2512.24695: an objective may be any loss.
    """

    name: ClassVar[str] = "minimize"
    equation: ClassVar[str] = "the expression as written"
