"""The points of a sweep as a picture: loss against state bytes, and against FLOPs a token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from nlc.level.draw.place import text_width
from nlc.lower.show import count, size
from nlc.run.sweep.look import style
from nlc.run.sweep.marks import SHAPES, Marks, path, short
from nlc.run.sweep.panel import Panel, Row
from nlc.run.sweep.table import COSTS, name

WIDTH, MARGIN = 1000, 20
LEFT, BETWEEN = 62, 26
PANEL = (WIDTH - LEFT - BETWEEN - MARGIN) / 2
TALL, STRIP = 360, 40
UNITS = {
    "state": ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")),
    "FLOPs": ((1e9, "G"), (1e6, "M"), (1e3, "k")),
}
TITLES = {"state": "state of a sequence", "FLOPs": "forward FLOPs a token"}


def picture(value: Mapping[str, Any]) -> str:
    """A whole SVG document of `outcome`'s value; empty where no point was trained."""
    rows: list[Row] = value["points"]
    trained = [row for row in rows if row["status"] == "trained"]
    lost = [row for row in rows if row["status"] == "diverged"]
    if not trained:
        return ""
    title = f"{value['name']}: bits per byte on held-out text"
    drawn = [row["values"] for row in [*trained, *lost]]
    marks = Marks.of(
        {
            param: [one for one in values if any(row[param] == one for row in drawn)]
            for param, values in value["walked"].items()
        }
    )
    legend, y = _legend(marks)
    top = y + 26
    strip = STRIP if lost else 0
    bottom = top + strip + TALL
    height = round(bottom + 56)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'height="{height}" role="img" aria-labelledby="sweep-title sweep-desc">',
        f'<title id="sweep-title">{escape(value["name"])}: loss against state and FLOPs</title>',
        f'<desc id="sweep-desc">{escape(describe(trained, lost))}</desc>',
        style(),
        f'<rect class="ground" width="{WIDTH}" height="{height}"/>',
        f'<text class="title" x="{MARGIN}" y="34">{escape(title)}</text>',
        *legend,
    ]
    left = float(LEFT)
    for cost, title in TITLES.items():
        highest = max(row[COSTS[cost]] for row in trained)
        unit, word = next(
            (u for u in UNITS[cost] if highest >= u[0]), (1, "bytes" if cost == "state" else "")
        )
        said = f"{title}, {word}" if word else title
        panel = Panel(trained, lost, marks, cost, said, unit, left, top, PANEL, strip, TALL)
        out.extend(panel.drawn(numbered=left == LEFT))
        left += PANEL + BETWEEN
    return "\n".join([*out, "</svg>"]) + "\n"


def describe(trained: Sequence[Row], lost: Sequence[Row]) -> str:
    """The picture in words."""
    best, loss = name(trained[0]["values"]), trained[0]["bits_per_byte"]
    said = [f"{len(trained)} points; the least loss is {loss:.3f} bits per byte at {best}"]
    for word, cost in COSTS.items():
        least = min(trained, key=lambda row: row[cost])
        shown = size(least[cost]) if word == "state" else count(least[cost])
        said.append(f"the least {word} is {shown} at {name(least['values'])}: {least['bits_per_byte']:.3f}")
    if lost:
        said.append(f"diverged: {', '.join(name(row['values']) for row in lost)}")
    return "; ".join(said) + "."


def _legend(marks: Marks) -> tuple[list[str], float]:
    """Rows of colours, of shapes, and of lines; and where they end."""
    y, out = 60.0, list[str]()
    if marks.colour:
        keys = [
            (f"f{marks.colour_of({marks.colour: value})}", SHAPES[0], value)
            for value in marks.walked[marks.colour]
        ]
        out.extend(_keys(marks.colour, keys, y))
        y += 22
    if marks.shape:
        keys = [
            ("plain", shape, value) for shape, value in zip(SHAPES, marks.walked[marks.shape], strict=False)
        ]
        out.extend(_keys(marks.shape, keys, y))
        y += 22
    told = f"labels: {' · '.join(map(short, marks.names))}"
    out.append(f'<text class="note" x="{MARGIN}" y="{y + 4:g}">{escape(told)}</text>')
    x = MARGIN + text_width(told, 11) + 16
    out.append(f'<path class="front" d="M{x:g} {y}h28"/>')
    out.append(f'<text class="note" x="{x + 34:g}" y="{y + 4:g}">no point has less of both</text>')
    return out, y


def _keys(param: str, keys: Sequence[tuple[str, str, str]], y: float) -> list[str]:
    out = [f'<text class="key" x="{MARGIN}" y="{y + 4:g}">{escape(short(param))}</text>']
    x = MARGIN + text_width(short(param), 12) + 18
    for look, shape, value in keys:
        out.append(f'<path class="{look}" d="{path(shape, x, y)}"/>')
        out.append(f'<text class="note" x="{x + 11:.1f}" y="{y + 4:g}">{escape(short(value))}</text>')
        x += 11 + text_width(short(value), 11) + 18
    return out


__all__ = ["describe", "picture"]
