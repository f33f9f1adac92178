"""Learned by the model's optimizer."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Init


class Learned(Init):
    """The first state is a parameter: the model's optimizer learns it through the inner run.

    Source: MAML, arXiv:1703.03400; Nested Learning, arXiv:2512.24695.
    """

    name: ClassVar[str] = "learned"
    equation: ClassVar[str] = "W₀ is a parameter"
