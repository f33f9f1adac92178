"""The enclosing model's own objective."""

from __future__ import annotations

from typing import ClassVar, Literal

from nlc.parts.part import Objective


class Task(Objective):
    """The enclosing model's objective: an ordinary layer, or a level of a Continuum Memory System.

    `outer=first_order` takes the inner gradient as a constant of the outer one; `second_order` is
    exact. Nested Learning, arXiv:2512.24695, eq. 70 and 71.
    """

    name: ClassVar[str] = "task"
    equation: ClassVar[str] = "the model's loss"
    outer: Literal["first_order", "second_order"] = "first_order"
