"""Where a piece of text came from: every node and every diagnostic carries a Span."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any


@dataclass(frozen=True, eq=False)
class Source:
    """One file as it was read. `name` is the path as the user wrote it.

    `path` is the file on the disk, None for a text that lies in none. `shipped`: one of nlc's own.
    `within` is its path within the project, the same on every machine; empty for what is no file.
    """

    name: str
    text: str = field(repr=False)
    path: Path | None = field(default=None, repr=False)
    shipped: bool = field(default=False, repr=False)
    within: str = ""

    @cached_property
    def line_starts(self) -> list[int]:
        return [0] + [i + 1 for i, character in enumerate(self.text) if character == "\n"]

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both counted from 1."""
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def line(self, number: int) -> str:
        start = self.line_starts[number - 1]
        end = self.text.find("\n", start)
        return self.text[start : len(self.text) if end < 0 else end].rstrip("\r")


def is_yaml(source: Source) -> bool:
    """The spelling, by the name."""
    return source.name.endswith((".yaml", ".yml"))


@dataclass(frozen=True)
class Span:
    """The characters `start` to `end` (offsets, end excluded) of a source."""

    source: Source = field(repr=False)
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    @property
    def line(self) -> int:
        return self.source.position(self.start)[0]

    @property
    def column(self) -> int:
        return self.source.position(self.start)[1]

    def json(self) -> dict[str, Any]:
        """Where it is, for editors: lines and columns from 1, offsets in characters from 0, ends excluded."""
        line, column = self.source.position(self.start)
        end_line, end_column = self.source.position(self.end)
        return {
            "file": self.source.name,
            "line": line,
            "column": column,
            "end_line": end_line,
            "end_column": end_column,
            "start": self.start,
            "end": self.end,
        }

    @property
    def place(self) -> str:
        """`titans.nl:9`, fit for a comment and for a string; empty for what stands in no file."""
        name = "".join(c if c.isprintable() and c not in "\"'\\" else "_" for c in self.source.within)
        return f"{name}:{self.line}" if name else ""

    def to(self, other: Span) -> Span:
        """From the start of this span to the end of the other."""
        return Span(self.source, min(self.start, other.start), max(self.end, other.end))


NOWHERE = Span(Source("<nlc>", ""), 0, 0)
