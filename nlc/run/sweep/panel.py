"""One panel of the picture: its axes, the front, and every point with its label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any

from nlc.level.draw.place import text_width
from nlc.run.sweep.axis import Axis, axis
from nlc.run.sweep.labels import Box, Label, place
from nlc.run.sweep.marks import CROSS, Marks, path
from nlc.run.sweep.table import COSTS, name

Row = Mapping[str, Any]
MANY = 40
"""With more points than this only those of the front have a label; all have a tooltip."""
NOISE, CLOSE = 0.01, 0.1
"""The axes span these shares of the losses and of the costs at least: less should not look like much."""


@dataclass(frozen=True)
class Panel:
    """`lost` points stand in the strip on top: they have a cost and no loss."""

    trained: Sequence[Row]
    lost: Sequence[Row]
    marks: Marks
    cost: str
    title: str
    unit: float
    left: float
    top: float
    width: float
    strip: float
    height: float

    @cached_property
    def x(self) -> Axis:
        numbers = [row[COSTS[self.cost]] for row in [*self.trained, *self.lost]]
        return axis(numbers, self.left, self.left + self.width, least=CLOSE)

    @cached_property
    def y(self) -> Axis:
        low = [row["bits_per_byte"] - (row["spread"] or 0) for row in self.trained]
        high = [row["bits_per_byte"] + (row["spread"] or 0) for row in self.trained]
        bottom = self.top + self.strip + self.height
        return axis([*low, *high], bottom, self.top + self.strip, may_log=False, least=NOISE)

    def at(self, row: Row) -> tuple[float, float]:
        across = self.x.place(row[COSTS[self.cost]])
        return across, self.top + self.strip / 2 if row in self.lost else self.y.place(row["bits_per_byte"])

    def drawn(self, numbered: bool) -> list[str]:
        """Elements from back to front; `numbered` says whether the losses are written beside it."""
        rows = [*self.trained, *self.lost]
        out = self._ground(numbered)
        out.append(f'<path class="front" d="{self._stairs()}"/>')
        out.extend(self._whisker(row) for row in self.trained if row["spread"])
        labels = self._labels(rows)
        out.extend(self._leader(row, label) for row, label in labels if label.far)
        out.extend(self._point(row) for row in rows)
        out.extend(self._text(row, label) for row, label in labels)
        return out

    def _ground(self, numbered: bool) -> list[str]:
        right, bottom = self.left + self.width, self.y.start
        out: list[str] = []
        for mark in self.y.marks():
            y = self.y.place(mark)
            out.append(f'<path class="rule" d="M{self.left:g} {y:.1f}H{right:g}"/>')
            if numbered:
                out.append(f'<text class="note end" x="{self.left - 8:g}" y="{y + 4:.1f}">{mark:g}</text>')
        for mark in self.x.marks(self.unit):
            x, shown = self.x.place(mark), mark / self.unit
            out.append(f'<path class="rule" d="M{x:.1f} {self.top:g}V{bottom:g}"/>')
            out.append(f'<text class="note middle" x="{x:.1f}" y="{bottom + 18:g}">{shown:g}</text>')
        if self.lost:
            place = f'x="{self.left:g}" y="{self.top:g}" width="{self.width:g}" height="{self.strip:g}"'
            out.append(f'<rect class="strip" {place}/>')
            if numbered:
                out.append(
                    f'<text class="note end" x="{self.left - 8:g}" y="{self.top + 24:g}">diverged</text>'
                )
        out.append(f'<path class="base" d="M{self.left:g} {self.top:g}V{bottom:g}H{right:g}"/>')
        middle = self.left + self.width / 2
        out.append(f'<text class="key middle" x="{middle:g}" y="{bottom + 40:g}">{escape(self.title)}</text>')
        return out

    @cached_property
    def front(self) -> list[tuple[float, float]]:
        """Where the points of the front stand, cheapest first."""
        return sorted(self.at(row) for row in self.trained if self.cost in row["front"])

    def _stairs(self) -> str:
        """Between two points of the front nothing better than the cheaper one is known."""
        (x, y), *rest = self.front
        stairs = "".join(f"H{x:.1f}V{y:.1f}" for x, y in rest)
        return f"M{x:.1f} {y:.1f}{stairs}H{self.left + self.width:.1f}"

    def _lines(self) -> list[Box]:
        """What the stairs and the whiskers cover."""
        ends = [*self.front[1:], (self.left + self.width, self.front[-1][1])]
        out: list[Box] = []
        for (x, y), (x2, y2) in zip(self.front, ends, strict=True):
            out += [Box(x, y - 3, x2 - x, 6), Box(x2 - 3, y, 6, y2 - y)]
        for row in self.trained:
            if row["spread"]:
                low, high = (self.y.place(row["bits_per_byte"] + sign * row["spread"]) for sign in (-1, 1))
                out.append(Box(self.at(row)[0] - 4, high, 8, low - high))
        return out

    def _whisker(self, row: Row) -> str:
        x, _ = self.at(row)
        low, high = (self.y.place(row["bits_per_byte"] + sign * row["spread"]) for sign in (-1, 1))
        return (
            f'<path class="whisker s{self.marks.colour_of(row["values"])}" '
            f'd="M{x - 4:.1f} {low:.1f}h8m-4 0V{high:.1f}m-4 0h8"/>'
        )

    def _point(self, row: Row) -> str:
        x, y = self.at(row)
        colour = self.marks.colour_of(row["values"])
        if row in self.lost:
            look, shape, said = f"lost s{colour}", CROSS, f"diverged: {row['message']}"
        else:
            look, shape = f"point f{colour}", self.marks.shape_of(row["values"])
            said = f"{row['bits_per_byte']:.3f} bits per byte"
        title = escape(f"{name(row['values'])}: {said}")
        return f'<path class="{look}" d="{path(shape, x, y)}"><title>{title}</title></path>'

    def _labels(self, rows: Sequence[Row]) -> list[tuple[Row, Label]]:
        told = [row for row in rows if len(rows) <= MANY or self.cost in row["front"]]
        taken = [Box(x - 6, y - 6, 12, 12) for x, y in map(self.at, rows)] + self._lines()
        widths = [text_width(self.marks.label(row["values"]), 10.5) for row in told]
        inside = Box(self.left + 2, self.top + 2, self.width - 4, self.strip + self.height - 4)
        return list(zip(told, place([self.at(row) for row in told], widths, inside, taken), strict=True))

    def _leader(self, row: Row, label: Label) -> str:
        (x, y), box = self.at(row), label.box
        end = min(max(x, box.left), box.left + box.width)
        return f'<path class="leader" d="M{x:.1f} {y:.1f}L{end:.1f} {box.top + box.height / 2:.1f}"/>'

    def _text(self, row: Row, label: Label) -> str:
        box, words = label.box, escape(self.marks.label(row["values"]))
        x = box.left + box.width / 2
        return f'<text class="label middle" x="{x:.1f}" y="{box.top + box.height - 3:.1f}">{words}</text>'
