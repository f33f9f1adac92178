"""Where cards stand: bands by frequency, rows by level, wrapped where a row is full."""

from __future__ import annotations

from dataclasses import dataclass

from nlc.level.draw.cards import Card, bands
from nlc.spec.time import Period

WIDE = 920
"""A row's cards take no more than this, unless one card alone does."""
GAP = 18
CARD_HEIGHT = 58
MARGIN = 20
LARGE, NAME, SMALL = 14, 13, 11
"""Font sizes."""


def text_width(text: str, size: float) -> float:
    """A width that no usual font exceeds: of monospace, and of wide characters beyond ASCII."""
    return sum(0.63 if ord(character) < 0x250 else 1.05 for character in text) * size


@dataclass
class Box:
    """A card and its place."""

    card: Card
    row: int
    x: float
    width: float
    y: float = 0.0

    @property
    def bottom(self) -> float:
        return self.y + CARD_HEIGHT


@dataclass
class Band:
    """Rows of one period, from `first` to `last`."""

    period: Period
    first: int
    last: int
    levels: tuple[int, ...]


def place(made: list[Card], ports: dict[str, int]) -> tuple[list[Box], list[Band]]:
    """Boxes with row and x; y is known once the lines between the rows are counted.

    `ports` is how many lines end at a card's busier side: it is made wide enough for them.
    """
    boxes: list[Box] = []
    out: list[Band] = []
    row, left = -1, label_width(made)
    for period, group in bands(made):
        first, level, x = row + 1, None, 0.0
        for card in group:
            width = _width(card, ports.get(card.key, 0))
            new = level is None or (card.level != level and card.level != 0)
            if new or x + width > left + WIDE:
                row, x = row + 1, left
            level = card.level or level
            boxes.append(Box(card, row, x, width))
            x += width + GAP
        levels = tuple(dict.fromkeys(card.level for card in group if card.level))
        out.append(Band(period, first, row, levels))
    return boxes, out


def label_width(made: list[Card]) -> float:
    """Left of the cards stand the band's period and its levels. No line is drawn there."""
    return round(max((text_width(str(card.period), LARGE) for card in made), default=0) + 2 * MARGIN)


def _width(card: Card, ports: int) -> float:
    names = text_width(card.title, NAME), text_width(where(card), SMALL), text_width(card.detail, SMALL)
    return round(max(*names, 9.0 * ports, 96) + 26)


def where(card: Card) -> str:
    """The block's path, and how often it stands in a row."""
    times = card.nodes[0].count
    return f"{card.path} ×{times}" if card.path and times > 1 else card.path
