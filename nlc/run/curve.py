"""The loss curve as a small SVG, drawn by hand: two lines, round ticks, nothing that overlaps."""

from __future__ import annotations

import math
from collections.abc import Sequence

WIDTH, HEIGHT = 760, 300
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 34, 48
POINTS = 400
Point = tuple[float, float]


def curve(train: Sequence[Point], valid: Sequence[Point]) -> str:
    """Bits per byte by step, of the training batches (averaged to a few hundred points) and of validation."""
    train = thin([point for point in train if math.isfinite(point[1])])
    points = [*train, *valid]
    if not points:
        return ""
    xs = ticks(0, max(x for x, _ in points), 6)
    ys = ticks(min(y for _, y in points), max(y for _, y in points), 5)
    parts = [
        f'<svg class="curve" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        'aria-label="bits per byte by training step">',
        *(_rule(value, ys) for value in ys),
        *(_step(value, xs) for value in xs),
        f'<text class="name" x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 8}">step</text>',
        f'<text class="unit" x="{LEFT - 40}" y="16">bits per byte</text>',
        *_line("train", train, xs, ys),
        *_line("valid", valid, xs, ys),
        *(f'<circle class="valid" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in _place(valid, xs, ys)),
        *_legend(),
        "</svg>",
    ]
    return "\n".join(parts)


def ticks(low: float, high: float, count: int) -> list[float]:
    """Round numbers from below `low` to above `high`, about `count` of them."""
    span = max(high - low, 1e-9)
    rough = span / max(1, count - 1)
    power = 10 ** math.floor(math.log10(rough))
    size = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
    first, last = math.floor(low / size + 1e-9), math.ceil(high / size - 1e-9)
    return [round(number * size, 10) for number in range(first, max(last, first + 1) + 1)]


def thin(points: Sequence[Point], limit: int = POINTS) -> list[Point]:
    """Neighbours averaged until at most `limit` points are left."""
    size = max(1, math.ceil(len(points) / limit))
    groups = [points[start : start + size] for start in range(0, len(points), size)]
    return [
        (sum(x for x, _ in group) / len(group), sum(y for _, y in group) / len(group)) for group in groups
    ]


def _place(points: Sequence[Point], xs: list[float], ys: list[float]) -> list[Point]:
    across, down = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    return [
        (
            LEFT + across * (x - xs[0]) / (xs[-1] - xs[0]),
            TOP + down * (1 - (y - ys[0]) / (ys[-1] - ys[0])),
        )
        for x, y in points
    ]


def _line(name: str, points: Sequence[Point], xs: list[float], ys: list[float]) -> list[str]:
    if len(points) < 2:
        return []
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in _place(points, xs, ys))
    return [f'<polyline class="{name}" points="{path}"/>']


def _rule(value: float, ys: list[float]) -> str:
    _, y = _place([(0, value)], [0, 1], ys)[0]
    return (
        f'<line class="rule" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text class="down" x="{LEFT - 8}" y="{y + 4:.1f}">{value:g}</text>'
    )


def _step(value: float, xs: list[float]) -> str:
    x, y = _place([(value, 0)], xs, [0, 1])[0]
    return (
        f'<line class="tick" x1="{x:.1f}" x2="{x:.1f}" y1="{y:.1f}" y2="{y + 5:.1f}"/>'
        f'<text class="along" x="{x:.1f}" y="{y + 19:.1f}">{value:g}</text>'
    )


def _legend() -> list[str]:
    right = WIDTH - RIGHT
    return [
        f'<line class="train" x1="{right - 250}" x2="{right - 226}" y1="12" y2="12"/>',
        f'<text class="key" x="{right - 220}" y="16">training batches</text>',
        f'<line class="valid" x1="{right - 98}" x2="{right - 74}" y1="12" y2="12"/>',
        f'<text class="key" x="{right - 68}" y="16">validation</text>',
    ]
