"""Lanes and ports to SVG paths with rounded corners."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import hypot

from nlc.level.draw.place import Box
from nlc.level.draw.wires import LANE, End, Wire

ROUND = 6
AIR = 11
Point = tuple[float, float]


def paths(made: Sequence[Wire], boxes: dict[str, Box], lanes: dict[int, int], right: float) -> list[str]:
    """One path a wire, so that its parts are painted once where they run together; and its tips.

    Every branch begins at the source's port, so that dashes agree where branches run together.
    """
    rows = {box.row: (box.y, box.bottom) for box in boxes.values()}
    out: list[str] = []
    for wire in made:
        look = f"wire {wire.net.kind}{' delayed' if wire.net.delayed else ''}"
        levels = {c: _lane_y(rows, lanes, c, lane) for c, lane in wire.lanes.items()}
        start = _port(wire.source, boxes)
        branches: list[str] = []
        tips: list[str] = []
        for end in wire.targets:
            finish = _port(end, boxes)
            points = [start, (start[0], levels[wire.source.channel])]
            if end.channel != wire.source.channel:
                x = right + LANE * wire.gutter
                points += [(x, levels[wire.source.channel]), (x, levels[end.channel])]
            points += [(finish[0], levels[end.channel]), finish]
            branches.append(rounded(points))
            tips.append(f"M{finish[0]:g} {finish[1]:g} l-3.5 {7 if end.below else -7} h7 z")
        out.append(f'<path class="{look}" d="{" ".join(branches)}"/>')
        out.append(f'<path class="{wire.net.kind}-tip" d="{" ".join(tips)}"/>')
    return out


def _port(end: End, boxes: dict[str, Box]) -> Point:
    box = boxes[end.key]
    return (end.x, box.bottom if end.below else box.y)


def _lane_y(rows: dict[int, tuple[float, float]], lanes: dict[int, int], channel: int, lane: int) -> float:
    """`rows` are the tops and bottoms of cards; lanes are counted downwards."""
    if channel in rows:
        return rows[channel][0] - AIR - LANE * (lanes[channel] - lane - 0.5)
    return rows[channel - 1][1] + AIR + LANE * (lane + 0.5)


def rounded(points: Sequence[Point]) -> str:
    """A path through the points, its corners rounded."""
    kept = [points[0], *(b for a, b in pairwise(points) if a != b)]
    out = [f"M{kept[0][0]:g} {kept[0][1]:g}"]
    for before, corner, after in zip(kept, kept[1:], kept[2:], strict=False):
        size = min(ROUND, _length(before, corner) / 2, _length(corner, after) / 2)
        a, b = _towards(corner, before, size), _towards(corner, after, size)
        out.append(f"L{a[0]:g} {a[1]:g} Q{corner[0]:g} {corner[1]:g} {b[0]:g} {b[1]:g}")
    out.append(f"L{kept[-1][0]:g} {kept[-1][1]:g}")
    return " ".join(out)


def _length(a: Point, b: Point) -> float:
    return hypot(b[0] - a[0], b[1] - a[1])


def _towards(a: Point, b: Point, size: float) -> Point:
    share = size / (_length(a, b) or 1.0)
    return (round(a[0] + (b[0] - a[0]) * share, 2), round(a[1] + (b[1] - a[1]) * share, 2))
