"""The enclosing model's optimizer."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Optimizer


class Outer(Optimizer):
    """The enclosing model's optimizer: what every slow parameter is written by.

    Source: Nested Learning, arXiv:2512.24695.
    """

    name: ClassVar[str] = "outer"
    equation: ClassVar[str] = "as the model's `optimizer`"
