"""Lines before they are text: columns line up within a run of alike lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from nlc.write.pieces import Piece, flat, lay


@dataclass(frozen=True)
class Line:
    """`head` and `tail` are two columns; lines of one `run` that follow each other share them."""

    indent: int = 0
    head: str = ""
    tail: Piece = ""
    run: str = ""
    comment: str = ""

    @property
    def text(self) -> str:
        return ("  " * self.indent + self.head + flat(self.tail)).rstrip()


def join(lines: list[Line], *, broken: bool = False) -> str:
    """The finished text; `broken`: lines that are too long are broken."""
    lines = list(_align(lines, _by_head, _pad_head))
    if broken:
        lines = [part for line in lines for part in _break(line)]
    lines = list(_align(lines, _by_comment, _pad_comment))
    return "".join(line.text + line.comment + "\n" for line in lines)


def _break(line: Line) -> list[Line]:
    """The comment stays behind the last of the lines."""
    indent = 2 * line.indent
    first, *rest = lay(line.tail, indent + len(line.head), indent)
    if not rest:
        return [line]
    texts = [(" " * indent + line.head + first).rstrip(), *rest]
    return [Line(head=text) for text in texts[:-1]] + [Line(head=texts[-1], comment=line.comment)]


def _align(
    lines: list[Line], key: Callable[[Line], str], pad: Callable[[list[Line]], list[Line]]
) -> Iterator[Line]:
    """Pad each longest stretch of lines with one key; comment lines between do not end it."""
    stretch: list[Line] = []
    for line in lines:
        within = stretch and (key(line) == key(stretch[0]) or line.head.startswith("#"))
        if stretch and not within:
            yield from pad(stretch)
            stretch = []
        if within or key(line):
            stretch.append(line)
        else:
            yield line
    if stretch:
        yield from pad(stretch)


def _by_head(line: Line) -> str:
    return f"{line.indent} {line.run}" if line.run else ""


def _pad_head(stretch: list[Line]) -> list[Line]:
    width = max(len(line.head) for line in stretch if line.run)
    return [replace(line, head=line.head.ljust(width)) if line.run else line for line in stretch]


def _by_comment(line: Line) -> str:
    return "comment" if line.comment and line.text else ""


def _pad_comment(stretch: list[Line]) -> list[Line]:
    width = max(len(line.text) for line in stretch if line.comment)
    return [
        replace(line, comment=" " * (width - len(line.text) + 2) + line.comment) if line.comment else line
        for line in stretch
    ]
