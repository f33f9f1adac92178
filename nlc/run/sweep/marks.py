"""What tells the points of the picture apart: a colour, a shape, a short label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nlc.level.palette import LEVELS

SHAPES = (
    "M{x} {y}m-5.5 0a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0-11 0z",
    "M{x} {y}m-5-5h10v10h-10z",
    "M{x} {y}m0-6.4l6 10.4h-12z",
    "M{x} {y}m0-7l7 7l-7 7l-7-7z",
    "M{x} {y}m0 6.4l6-10.4h-12z",
    "M{x} {y}m-2-6h4v4h4v4h-4v4h-4v-4h-4v-4h4z",
)
"""Circle, square, triangle, diamond, triangle on its point, cross: paths around a place."""
CROSS = "M{x} {y}m-5-5l10 10m0-10l-10 10"
LONGEST = 22


def path(shape: str, x: float, y: float) -> str:
    return shape.format(x=f"{x:.1f}", y=f"{y:.1f}")


@dataclass(frozen=True)
class Marks:
    """`colour` and `shape` name the params that these stand for; empty where none does."""

    walked: Mapping[str, Sequence[str]]
    colour: str = ""
    shape: str = ""

    @staticmethod
    def of(walked: Mapping[str, Sequence[str]]) -> Marks:
        """Colours go to the first param with few enough values, shapes to the next."""
        several = [name for name, values in walked.items() if len(values) > 1]
        colour = next((name for name in several if len(walked[name]) <= len(LEVELS)), "")
        fits = (name for name in several if name != colour and len(walked[name]) <= len(SHAPES))
        return Marks(walked, colour, next(fits, ""))

    def colour_of(self, values: Mapping[str, str]) -> int:
        """The number of a colour of the palette: few values stand far apart in it."""
        if not self.colour:
            return 0
        several = self.walked[self.colour]
        return round(several.index(values[self.colour]) * (len(LEVELS) - 1) / (len(several) - 1))

    def shape_of(self, values: Mapping[str, str]) -> str:
        return SHAPES[self.walked[self.shape].index(values[self.shape])] if self.shape else SHAPES[0]

    def label(self, values: Mapping[str, str]) -> str:
        """The values alone: the title says of which params."""
        return " · ".join(short(values[name]) for name in self.names)

    @property
    def names(self) -> list[str]:
        """Params whose value differs between points; all of them where none does."""
        return [name for name, values in self.walked.items() if len(values) > 1] or list(self.walked)


def short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
