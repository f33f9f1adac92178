"""The enclosing model's own objective."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from nlc.parts.part import Objective


class Task(Objective):
    """The enclosing model's objective: an ordinary layer, or a level of a Continuum Memory System.

    `outer=first_order` takes the inner gradient as a constant of the outer one; `second_order` is
    exact.

    Source: Nested Learning, arXiv:2512.24695, eq. 70 and 71.
    """

    name: ClassVar[str] = "task"
    equation: ClassVar[str] = "the model's loss"
    outer: Annotated[
        Literal["first_order", "second_order"],
        Field(description="whether the outer gradient runs through the inner step"),
    ] = "first_order"
