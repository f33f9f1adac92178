"""The colours of levels and of transfers: the same in every picture, on light and on dark ground.

Levels run from warm (fast) to cool (slow) with falling lightness; transfers are of Okabe and Ito's
set. Both can be told apart with any of the common kinds of colour blindness; in pictures transfers
are told by dashes, labels and tables as well.
"""

from __future__ import annotations

from typing import NamedTuple

from nlc.ir.levels import Transfer


class Colour(NamedTuple):
    light: str
    """On white."""
    dark: str
    """On black."""


LEVELS = (
    Colour("#d98e04", "#ffc04d"),
    Colour("#d9602b", "#ff9166"),
    Colour("#c2416b", "#f57aa0"),
    Colour("#95358c", "#d982d3"),
    Colour("#6539a3", "#b294f2"),
    Colour("#3a47a8", "#8fa0ff"),
    Colour("#1f5f8b", "#6cb8ea"),
    Colour("#40606b", "#9cc3cf"),
)
TRANSFERS: dict[Transfer, Colour] = {
    "direct": Colour("#555b61", "#b9c0c7"),
    "generation": Colour("#c75300", "#ff9c52"),
    "initialisation": Colour("#00825e", "#4fd3ac"),
    "backprop": Colour("#0068a8", "#6fbcf5"),
}
INK = Colour("#1b1f24", "#eceff2")
FAINT = Colour("#59616a", "#a4adb6")
GROUND = Colour("#ffffff", "#14171a")
CARD = Colour("#ffffff", "#1e2327")


def level_colour(level: int) -> Colour:
    """The colour of a level, counted from 1; after the last it begins again."""
    return LEVELS[(level - 1) % len(LEVELS)]
