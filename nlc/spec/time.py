"""Time has units: periods (`every 64 tokens`), renewals and quantities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nlc.spec.expr import Expr, Node

Unit = Literal["token", "sequence", "step"]
UNITS: tuple[Unit, ...] = ("token", "sequence", "step")


@dataclass(frozen=True)
class Every(Node):
    """`every COUNT UNIT`; no count means one."""

    count: Expr | None
    unit: Unit


@dataclass(frozen=True)
class Renewed(Node):
    """`EXPR every COUNT UNIT`: made anew at each period (`init: learned every 128 tokens`)."""

    value: Expr
    every: Every


@dataclass(frozen=True)
class Quantity(Node):
    """`EXPR UNIT`: a length of time (`scan: segment tokens`)."""

    count: Expr
    unit: Unit


@dataclass(frozen=True, order=True)
class Period:
    """A checked period: `count` units. `order` sorts fast to slow."""

    order: int
    count: int
    unit: Unit

    @staticmethod
    def of(count: int, unit: Unit) -> Period:
        return Period(UNITS.index(unit), count, unit)

    @property
    def is_every_token(self) -> bool:
        return self.unit == "token" and self.count == 1

    def __str__(self) -> str:
        return f"every {self.unit}" if self.count == 1 else f"every {self.count} {self.unit}s"
