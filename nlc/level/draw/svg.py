"""The level graph as a picture: one band for each frequency, fast on top."""

from __future__ import annotations

from html import escape

from nlc.ir.levels import TRANSFERS, LevelGraph
from nlc.level.draw.cards import cards, nets
from nlc.level.draw.path import paths
from nlc.level.draw.place import CARD_HEIGHT, MARGIN, SMALL, Band, Box, place, text_width, where
from nlc.level.draw.style import style
from nlc.level.draw.wires import LANE, busiest, route, wires
from nlc.level.palette import LEVELS

TOP = 84
"""Above the first band: title and legend."""
AIR = 11
"""Between a card and the first lane."""


def svg(graph: LevelGraph) -> str:
    """A whole SVG document; the same graph always gives the same text."""
    made = cards(graph)
    drawn = nets(graph, made)
    rows = {box.card.key: box.row for box in place(made, {})[0]}
    ports = busiest(wires(drawn, rows))
    boxes, bands = place(made, ports)  # cards are wider now, so rows may wrap elsewhere
    by_key = {box.card.key: box for box in boxes}
    lines = wires(drawn, {box.card.key: box.row for box in boxes})
    right = max((box.x + box.width for box in boxes), default=0) + MARGIN
    lanes, gutters = route(lines, by_key, right)
    edges = _stack(boxes, bands, lanes)
    width = round(max(right + LANE * gutters + MARGIN, _legend_width() + 2 * MARGIN))
    height = round(edges[-1][1] + MARGIN) if edges else TOP
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img" aria-labelledby="nl-title nl-desc">',
        f'<title id="nl-title">{escape(graph.name)}: levels by update frequency</title>',
        f'<desc id="nl-desc">{escape(describe(graph))}</desc>',
        style(),
        f'<rect class="ground" width="{width}" height="{height}"/>',
        f'<text class="title" x="{MARGIN}" y="32">{escape(graph.name)}</text>',
        *_legend(),
    ]
    for band, (top, bottom) in zip(bands, edges, strict=True):
        out.extend(_band(band, boxes, top, bottom, width))
    out.extend(paths(lines, by_key, lanes, right))
    for box in boxes:
        out.extend(_card(box))
    return "\n".join([*out, "</svg>"]) + "\n"


def describe(graph: LevelGraph) -> str:
    """The picture in words."""
    said = [
        f"level {level}, {nodes[0].period}: " + ", ".join(_names([node.name for node in nodes]))
        for level, nodes in graph.levels()
    ]
    delayed = sum(edge.delayed for edge in graph.edges)
    return "; ".join(said) + f". {len(graph.edges)} transfers, {delayed} of them delayed."


def _names(names: list[str]) -> list[str]:
    return names if len(names) <= 8 else [*names[:6], f"and {len(names) - 6} more"]


def _stack(boxes: list[Box], bands: list[Band], lanes: dict[int, int]) -> list[tuple[float, float]]:
    """Give every box its y; back come the top and bottom of each band.

    The channel between two bands belongs half to each: its lanes are centred on the border.
    """
    y = float(TOP)
    tops: dict[int, float] = {}
    for row in range(max((box.row for box in boxes), default=-1) + 1):
        y += channel_height(lanes.get(row, 0))
        tops[row] = y
        y += CARD_HEIGHT
    end = y + channel_height(lanes.get(len(tops), 0))
    for box in boxes:
        box.y = tops[box.row]
    borders = [TOP] + [tops[b.first] - channel_height(lanes.get(b.first, 0)) / 2 for b in bands[1:]] + [end]
    return [(borders[i], borders[i + 1]) for i in range(len(bands))]


def channel_height(lanes: int) -> float:
    return 2 * AIR + LANE * max(1, lanes)


def _band(band: Band, boxes: list[Box], top: float, bottom: float, width: float) -> list[str]:
    tint = (band.levels[0] - 1) % len(LEVELS) if band.levels else 0
    out = [
        f'<rect class="band f{tint}" x="{MARGIN / 2}" y="{top + 1.5:g}" width="{width - MARGIN}" '
        f'height="{bottom - top - 3:g}" rx="6"/>'
    ]
    first = next(box for box in boxes if box.row == band.first)
    out.append(f'<text class="period" x="{MARGIN}" y="{first.y + 24:g}">{escape(str(band.period))}</text>')
    for level in band.levels:
        box = next(box for box in boxes if box.card.level == level)
        drop = 44 if box.row == band.first else 33
        out.append(f'<text class="note" x="{MARGIN}" y="{box.y + drop:g}">level {level}</text>')
    return out


def _card(box: Box) -> list[str]:
    card, colour = box.card, (box.card.level - 1) % len(LEVELS)
    look = f"card s{colour}" if card.level else "card goal"
    round_ = 5 if card.level else CARD_HEIGHT / 2
    x, middle = box.x, box.x + box.width / 2
    said = [part for part in (card.title, where(card), card.detail) if part]
    baselines = {1: (34,), 2: (26, 43), 3: (19, 34, 49)}[len(said)]
    kinds = ["name", *(["path"] if where(card) else []), "rule"]
    out = [
        f"<g><title>{escape(card.full)}: {escape(card.rule)}, {escape(str(card.period))}</title>",
        f'<rect class="{look}" x="{x:g}" y="{box.y:g}" width="{box.width:g}" height="{CARD_HEIGHT}" '
        f'rx="{round_:g}"/>',
    ]
    if card.level:
        place = f'x="{x:g}" y="{box.y + 5:g}" width="4" height="{CARD_HEIGHT - 10}"'
        out.append(f'<rect class="f{colour}" {place} rx="1"/>')
    out.extend(
        f'<text class="{kind}" x="{middle:g}" y="{box.y + drop:g}" text-anchor="middle">{escape(part)}</text>'
        for kind, part, drop in zip(kinds, said, baselines, strict=False)
    )
    return [*out, "</g>"]


def _legend_items() -> list[tuple[str, str]]:
    kinds: list[tuple[str, str]] = [(kind, f"wire {kind}") for kind in TRANSFERS]
    return [*kinds, ("delayed: an earlier state", "wire direct delayed")]


def _legend_width() -> float:
    return sum(34 + text_width(label, SMALL) + 20 for label, _ in _legend_items())


def _legend() -> list[str]:
    x, out = float(MARGIN), list[str]()
    for label, look in _legend_items():
        out.append(f'<path class="{look}" d="M{x:g} 58 h28"/>')
        out.append(f'<text class="note" x="{x + 34:g}" y="62">{label}</text>')
        x += 34 + text_width(label, SMALL) + 20
    return out


__all__ = ["describe", "svg"]
