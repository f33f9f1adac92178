"""Lines between cards: they run in channels between the rows and in a gutter on the right.

A channel holds no text and no card, so a line can cross another line and nothing else. Each net
takes a lane of its own in every channel that it runs through, and a port of its own on each card.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from nlc.level.draw.cards import Net
from nlc.level.draw.place import Box

LANE = 8
PORT = 6
"""No two lines end closer than this."""


@dataclass
class End:
    """Where a net meets a card: from the channel below it or above it."""

    key: str
    channel: int
    below: bool
    x: float = 0.0


@dataclass
class Wire:
    """A net with its ends. Channel r lies above row r; lanes and gutter are numbers until drawn."""

    net: Net
    source: End
    targets: list[End]
    lanes: dict[int, int] = field(default_factory=dict[int, int])
    gutter: int = -1

    def ends(self) -> list[End]:
        return [self.source, *self.targets]


def wires(nets: Sequence[Net], rows: dict[str, int]) -> list[Wire]:
    """Choose for each net the channel it leaves into, and for each target the side it arrives at."""
    made: list[Wire] = []
    for net in nets:
        row = rows[net.source]
        reach = Counter(channel for t in net.targets for channel in (rows[t], rows[t] + 1))
        channel = row if reach[row] > reach[row + 1] else row + 1
        source = End(net.source, channel, below=channel == row + 1)
        made.append(Wire(net, source, [_arrive(target, rows[target], channel) for target in net.targets]))
    return made


def _arrive(key: str, row: int, channel: int) -> End:
    below = row < channel
    return End(key, row + 1 if below else row, below)


def busiest(made: Sequence[Wire]) -> dict[str, int]:
    """How many lines end at each card's busier side."""
    count = Counter((end.key, end.below) for wire in made for end in wire.ends())
    return {key: max(count[key, True], count[key, False]) for key, _ in count}


def route(made: Sequence[Wire], boxes: dict[str, Box], right: float) -> tuple[dict[int, int], int]:
    """Give every end its x, every wire its lanes and gutter; back come lanes a channel, and gutters."""
    _spread(made, boxes)
    channels: defaultdict[int, list[tuple[float, float, Wire]]] = defaultdict(list)
    gutters = 0
    for wire in made:
        used: defaultdict[int, list[float]] = defaultdict(list)
        for end in wire.ends():
            used[end.channel].append(end.x)
        if len(used) > 1:
            wire.gutter, gutters = gutters, gutters + 1
        for channel, xs in used.items():
            far = right if len(used) > 1 else max(xs)
            channels[channel].append((min(xs), max(*xs, far), wire))
    return {channel: _lanes(channel, pieces) for channel, pieces in channels.items()}, gutters


def _spread(made: Sequence[Wire], boxes: dict[str, Box]) -> None:
    """Ports at equal distances on each side of a card; none just opposite another one."""
    sides: defaultdict[tuple[str, bool], list[End]] = defaultdict(list)
    for wire in made:
        for end in wire.ends():
            sides[end.key, end.below].append(end)
    taken: defaultdict[int, list[float]] = defaultdict(list)
    for (key, _), ends in sides.items():
        box = boxes[key]
        step = box.width / (len(ends) + 1)
        for i, end in enumerate(ends, 1):
            end.x = _free(box.x + step * i, taken[end.channel])


def _free(x: float, taken: list[float]) -> float:
    """The nearest x that keeps its distance to those taken."""
    for shift in (0, 3, -3, 6, -6, 9, -9):
        if all(abs(x + shift - other) >= PORT / 2 for other in taken):
            x += shift
            break
    taken.append(x)
    return round(x, 1)


def _lanes(channel: int, pieces: list[tuple[float, float, Wire]]) -> int:
    """Pieces that do not meet share a lane."""
    ends: list[float] = []
    for low, high, wire in sorted(pieces, key=lambda piece: piece[:2]):
        free = next((i for i, end in enumerate(ends) if end + 2 * PORT < low), len(ends))
        ends[free : free + 1] = [high]
        wire.lanes[channel] = free
    return len(ends)
