"""A trace as a picture: a column a token, a row a memory, darker for a larger write."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from itertools import groupby

from nlc.level.palette import LEVELS
from nlc.run.trace.frame import CELL, MARGIN, SHADES, axis, legend, opacity
from nlc.run.trace.look import style
from nlc.run.trace.rows import Row, Trace

TOP, HEIGHT, STEP = 74, 13, 15
HEAD, GAP = 20, 8
"""Above the rows of a level: its period; below them: air."""
LEAST_SPAN = 3.0
"""Writes of one row within this factor differ little, and look so."""
LONGEST = 28
ROWS = 120
LETTER = 6.7


def svg(trace: Trace) -> str:
    """A whole SVG document; the same trace always gives the same text."""
    title = escape("".join(letter for letter in trace.title if letter.isprintable()))
    groups = _shown(trace)
    names = [_short(row.name) for _, _, rows in groups for row in rows]
    left = MARGIN + max([60.0, *(LETTER * len(name) for name in names)]) + 10
    right = left + CELL * trace.tokens
    width = round(max(right + 100, 640))
    body: list[str] = []
    y = float(TOP)
    for level, period, rows in groups:
        body += _head(level, period, y)
        y += HEAD
        for row in rows:
            body += _row(row, (level - 1) % len(LEVELS), left, right, y)
            y += STEP
        y += GAP
    body += axis(trace, left, y)
    height = round(y + (50 if trace.text else 34))
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img" aria-labelledby="trace-title trace-desc">',
        f'<title id="trace-title">{title}: what each memory writes, token by token</title>',
        f'<desc id="trace-desc">{escape(describe(trace))}</desc>',
        style(),
        f'<rect class="ground" width="{width}" height="{height}"/>',
        f'<text class="title" x="{MARGIN}" y="28">{title}: what each memory writes</text>',
        *legend(),
        *body,
    ]
    return "\n".join([*out, "</svg>"]) + "\n"


def describe(trace: Trace) -> str:
    """The picture in words."""
    said: list[str] = []
    for level, period, rows in trace.levels():
        low = min((row.range()[0] for row in rows if row.range()[1]), default=0.0)
        high = max(row.range()[1] for row in rows)
        wrote = f"writes of {low:.2g} to {high:.2g}" if high else "no write yet"
        said.append(f"level {level}, {period}: {_many(len(rows), 'row')}, {wrote}")
    return f"{_many(trace.tokens, 'token')} from left to right. " + "; ".join(said) + "."


def shade(size: float, low: float, high: float) -> int:
    """1 … SHADES by the logarithm of a write between the least and the largest of its row; 0 is none."""
    if size <= 0 or not math.isfinite(size):
        return 0
    low = min(low, high / LEAST_SPAN)
    share = math.log(size / low) / math.log(high / low)
    return 1 + min(SHADES - 1, max(0, int(share * SHADES)))


def _shown(trace: Trace) -> list[tuple[int, str, list[Row]]]:
    """Every level, and of its rows as many as there is room for."""
    groups = list(trace.levels())
    most = max(1, ROWS // max(1, len(groups)))
    return [(level, period, rows[:most]) for level, period, rows in groups]


def _head(level: int, period: str, y: float) -> list[str]:
    said = f"level {level}, {period}" if level else "memories"
    tint = f"f{(level - 1) % len(LEVELS)}"
    return [
        f'<rect class="{tint}" x="{MARGIN}" y="{y + 4:g}" width="10" height="10" rx="2"/>',
        f'<text class="period" x="{MARGIN + 16}" y="{y + 13:g}">{escape(said)}</text>',
    ]


def _row(row: Row, tint: int, left: float, right: float, y: float) -> list[str]:
    low, high = row.range()
    out = [
        f"<g><title>{escape(row.name)}: {row.said}</title>",
        f'<text class="name end" x="{left - 8:g}" y="{y + 10:g}">{escape(_short(row.name))}</text>',
        f'<rect class="plain" fill-opacity="0.07" x="{left:g}" y="{y:g}" width="{right - left:g}" '
        f'height="{HEIGHT}"/>',
        f'<g class="cells f{tint}" transform="translate({left:g} {y:g}) scale({CELL} {HEIGHT})">',
        *_cells([shade(size, low, high) for size in row.write]),
        "</g>",
        f'<text class="note" x="{right + 8:g}" y="{y + 10:g}">{row.said}</text>',
    ]
    if row.lands:
        ticks = "".join(f"M{left + CELL * t:g} {y - 1:g}v{HEIGHT + 2}" for t in row.lands)
        out.append(f'<path class="lands" d="{ticks}"/>')
    return [*out, "</g>"]


def _cells(shades: Sequence[int]) -> list[str]:
    """A path for each shade, neighbours of one shade in one piece."""
    pieces: dict[int, list[str]] = {}
    start = 0
    for value, run in groupby(shades):
        length = len(list(run))
        pieces.setdefault(value, []).append(f"M{start} 0h{length}v1h-{length}z")
        start += length
    return [
        f'<path fill-opacity="{opacity(value):g}" d="{"".join(found)}"/>'
        for value, found in sorted(pieces.items())
        if value
    ]


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else "…" + name[1 - LONGEST :]


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
