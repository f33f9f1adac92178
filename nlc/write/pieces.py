"""Text that may be broken over lines: the longest whole that does not fit is broken first, all of it."""

from __future__ import annotations

from dataclasses import dataclass

WIDTH = 100
"""Columns of a line; only what cannot be broken is longer."""


@dataclass(frozen=True)
class Row:
    """`first`, then pieces that each begin with an operator: broken, they stand below it, set in."""

    first: Piece
    rest: tuple[Piece, ...]


@dataclass(frozen=True)
class Listed:
    """`open`, items with commas, `close`: broken, each item has its line."""

    open: str
    items: tuple[Piece, ...]
    close: str


@dataclass(frozen=True)
class Joined:
    """Pieces that follow each other on one line; broken, each is as it is by itself."""

    parts: tuple[Piece, ...]


Piece = str | Row | Listed | Joined


def flat(piece: Piece) -> str:
    """All of it on one line."""
    match piece:
        case str():
            return piece
        case Row(first=first, rest=rest):
            return " ".join(map(flat, (first, *rest)))
        case Listed(open=start, items=items, close=close):
            return f"{start}{', '.join(map(flat, items))}{close}"
        case Joined(parts=parts):
            return "".join(map(flat, parts))


def lay(piece: Piece, at: int = 0, indent: int = 0, after: int = 0) -> list[str]:
    """The lines of a piece whose first line begins in column `at` of a text set in by `indent`.

    `after` columns stay free behind the last line. Lines after the first bring their own indent.
    """
    whole = flat(piece)
    if at + len(whole) + after <= WIDTH or isinstance(piece, str):
        return [whole]
    inner = indent + 2
    match piece:
        case Row(first=first, rest=rest):
            lines = lay(first, at, indent)
            for place, part in enumerate(rest, 1):
                lines += _set_in(lay(part, inner, inner, after if place == len(rest) else 0), inner)
        case Listed(open=start, items=items, close=close) if items:
            lines = [start]
            for place, item in enumerate(items, 1):
                last = place == len(items)
                *most, end = _set_in(lay(item, inner, inner, not last), inner)
                lines += [*most, end if last else f"{end},"]
            lines.append(" " * indent + close)
        case Listed():
            lines = [whole]
        case Joined(parts=parts):
            lines = _joined(parts, at, indent, after)
    return lines


def _set_in(lines: list[str], indent: int) -> list[str]:
    return [" " * indent + lines[0], *lines[1:]]


def _joined(parts: tuple[Piece, ...], at: int, indent: int, after: int) -> list[str]:
    """Each part begins where the one before it ends."""
    lines = [""]
    for place, part in enumerate(parts):
        column = len(lines[-1]) + (at if len(lines) == 1 else 0)
        behind = sum(len(lay(more, 0, 0)[0]) for more in parts[place + 1 :] if isinstance(more, str))
        first, *rest = lay(part, column, indent, behind + after)
        lines = [*lines[:-1], lines[-1] + first, *rest]
    return lines
