"""The enclosing model's optimizer."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Optimizer


class Outer(Optimizer):
    """The enclosing model's optimizer: what every slow parameter is written by."""

    name: ClassVar[str] = "outer"
