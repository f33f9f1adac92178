"""Labels beside the points they belong to, where nothing else stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

HEIGHT = 13.0
"""Of a line of small text."""
SIDES = ((1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (-1, -1), (1, 1), (-1, 1))
DISTANCES = (11, 17, 25, 35, 47, 61, 77, 95)
LEADER = 19
"""From here on a thin line leads from the point to its label."""


@dataclass(frozen=True)
class Box:
    """A rectangle; `left` and `top` are its corner."""

    left: float
    top: float
    width: float
    height: float

    def shared(self, other: Box) -> float:
        """The area that lies in both."""
        across = min(self.left + self.width, other.left + other.width) - max(self.left, other.left)
        down = min(self.top + self.height, other.top + other.height) - max(self.top, other.top)
        return max(0.0, across) * max(0.0, down)


@dataclass(frozen=True)
class Label:
    """Where the text of one point stands; `far` if it needs a leader."""

    box: Box
    far: bool


def place(
    points: Sequence[tuple[float, float]], widths: Sequence[float], inside: Box, taken: Sequence[Box]
) -> list[Label]:
    """A label a point: the nearest place that is free, or the one that covers least.

    `taken` are boxes that no label should cover, such as the points' own marks.
    """
    out: dict[int, Label] = {}
    boxes = list(taken)
    for index in sorted(range(len(points)), key=lambda i: points[i][::-1]):
        tried = [_label(points[index], widths[index], side, far) for far in DISTANCES for side in SIDES]
        # `min` takes the first of the best, and nearer ones come first.
        best = min(tried, key=lambda label: _covered(label.box, boxes, inside))
        out[index] = best
        boxes.append(best.box)
    return [out[index] for index in range(len(points))]


def _label(point: tuple[float, float], width: float, side: tuple[int, int], far: int) -> Label:
    x, y = point[0] + side[0] * far, point[1] + side[1] * far
    left = x - width * (1 - side[0]) / 2
    return Label(Box(left, y - HEIGHT / 2, width, HEIGHT), far >= LEADER)


def _covered(box: Box, taken: Sequence[Box], inside: Box) -> float:
    outside = box.width * box.height - box.shared(inside)
    return round(10 * outside + sum(box.shared(other) for other in taken), 6)
