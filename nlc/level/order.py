"""The order of levels: frequency first, then who needs whom within one moment (Definition 2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from nlc.ir.levels import Node
from nlc.ir.system import Value
from nlc.level.circle import waiting, walk
from nlc.report import Report, SpecError
from nlc.source import Span
from nlc.spec.time import Period

Point = int | str
"""A line's number, or the name of a memory: its state after this moment's writes."""


class Needs:
    """What each line, and each memory's state of this moment, needs: a graph of points."""

    def __init__(self) -> None:
        self.after: dict[Point, list[Point]] = {}
        self.applied: dict[Point, tuple[str, Value]] = {}
        self.count = 0

    def line(self, needs: Sequence[Point]) -> int:
        """A new line that needs these."""
        self.count += 1
        self.after[self.count] = []
        for need in needs:
            self.after[need].append(self.count)
        return self.count

    def write(self, memory: str, needs: Sequence[Point]) -> None:
        """The memory's state of this moment is made of these."""
        self.after.setdefault(memory, [])
        for need in needs:
            self.after[need].append(memory)

    def apply(self, memory: str, value: Value, queries: Sequence[Point]) -> int:
        """A line that answers from the memory's state of this moment."""
        line = self.line([memory, *queries])
        self.applied[line] = (memory, value)
        return line

    def ranks(self, periods: Mapping[str, Period]) -> dict[str, int]:
        """How many memories of the same period each memory needs, one after the other.

        The way from one to the other may lead through memories of any other period. Raises
        SpecError (E0501) where memories wait for each other.
        """
        order, circle = walk(self.after)
        if circle:
            raise SpecError(Report([waiting(self._places(circle))]))
        longest: dict[Point, dict[Period, int]] = {point: {} for point in order}
        ranks: dict[str, int] = {}
        for point in order:
            here = longest[point]
            if isinstance(point, str):
                period = periods[point]
                ranks[point] = here[period] = here.get(period, 0) + 1
            for later in self.after[point]:
                there = longest[later]
                for period, rank in here.items():
                    if there.get(period, 0) < rank:
                        there[period] = rank
        return ranks

    def _places(self, circle: Sequence[Point]) -> list[tuple[str, Span]]:
        found = [self.applied[point] for point in circle if point in self.applied]
        return [(memory, value.span) for memory, value in found]


def number(nodes: Sequence[Node], ranks: Mapping[str, int]) -> list[Node]:
    """The nodes with their levels, fastest first; within a level in the order of the text."""
    place = {node.name: (node.period, ranks.get(node.name, 1)) for node in nodes if node.kind != "objective"}
    levels = {key: number for number, key in enumerate(sorted(set(place.values())), 1)}
    placed = [replace(node, level=levels[place[node.name]]) for node in nodes if node.name in place]
    placed.sort(key=lambda node: node.level)
    return [*placed, *(node for node in nodes if node.name not in place)]
