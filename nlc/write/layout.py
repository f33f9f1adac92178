"""The one style of YAML specs: indents and spaces are set right, every other character stays."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from nlc.read.nodes import Mapping, Scalar, Sequence, YamlNode, read_nodes
from nlc.report import Report
from nlc.source import Source

_BLANKS = re.compile(r"\n{3,}")


def format_yaml(source: Source) -> str:
    """Two spaces a level, lists set in, one blank line at most; comments and quotes are kept."""
    root = read_nodes(source, Report())
    if root is None:
        return source.text
    text = _join(_lines(source, root))
    again = read_nodes(Source(source.name, text), Report())
    # Text that spans lines in an unusual way is left as it is, rather than risked.
    return text if again is not None and _plain(again) == _plain(root) else _join(source.text.split("\n"))


def _join(lines: list[str]) -> str:
    return _BLANKS.sub("\n\n", "\n".join(line.rstrip() for line in lines)).strip("\n") + "\n"


def _lines(source: Source, root: YamlNode) -> list[str]:
    indents: dict[int, int] = {}
    columns: dict[int, int] = {}
    for line, indent in _starts(root, 0):
        indents.setdefault(line, indent)
        columns.setdefault(line, len(source.line(line)) - len(source.line(line).lstrip(" ")))
    scalars = [node.span for node in _walk(root) if isinstance(node, Scalar)]
    covered = {at for span in scalars for at in range(span.start, span.end)}
    entries = sorted(indents)
    opened: list[tuple[int, int]] = []
    out: list[str] = []
    shift, start = 0, 0
    for number, line in enumerate(source.text.split("\n"), 1):
        text = line.lstrip(" ")
        old = len(line) - len(text)
        inside = start + old in covered and start in covered
        if number in indents:
            shift = indents[number] - old
            while opened and opened[-1][0] >= old:
                opened.pop()
            opened.append((old, indents[number]))
            text = _spaced(text, start + old, covered)
        if text.startswith("#") and not inside:
            below = bisect_right(entries, number)
            entry = entries[below] if below < len(entries) else 0
            follows = (columns[entry], indents[entry]) if entry else None
            out.append(" " * _comment_indent(old, follows, opened) + text)
        else:
            out.append(" " * max(0, old + shift) + text)
        start += len(line) + 1
    return out


def _comment_indent(column: int, follows: tuple[int, int] | None, opened: list[tuple[int, int]]) -> int:
    """A comment stands as far in as what follows it; one that stands further in ends what is above it.

    What follows and what is opened above are pairs of a column and the indent that it gets.
    """
    if follows is not None and column <= follows[0]:
        return follows[1]
    return next((indent for place, indent in reversed(opened) if place <= column), 0)


def _spaced(text: str, start: int, covered: set[int]) -> str:
    """One space behind `:` and `-`, two in front of `#`, outside of what is said."""
    plain = "".join("x" if start + at in covered else character for at, character in enumerate(text))
    comment = re.search(r"(?<=\s)#", plain)
    tail = ""
    if comment:
        tail = "  " + text[comment.start() :]
        text, plain = text[: comment.start()].rstrip(), plain[: comment.start()].rstrip()
    for sign in (r"^-( +)", r"^(?:- )?[^:{}\[\]]*:( +)"):
        match = re.match(sign, plain)
        if match:
            text = text[: match.start(1)] + " " + text[match.end(1) :]
            plain = plain[: match.start(1)] + " " + plain[match.end(1) :]
    return text.rstrip() + tail


def _starts(node: YamlNode, indent: int) -> Iterator[tuple[int, int]]:
    """The lines on which block entries begin, with the indent each should have."""
    if isinstance(node, Mapping) and not node.flow:
        for key, value in node.entries:
            yield key.span.line, indent
            yield from _starts(value, indent + 2)
    elif isinstance(node, Sequence) and not node.flow:
        for item in node.items:
            yield item.span.line, indent
            yield from _starts(item, indent + 2)


def _walk(node: YamlNode) -> Iterator[YamlNode]:
    yield node
    if isinstance(node, Mapping):
        for key, value in node.entries:
            yield key
            yield from _walk(value)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from _walk(item)


def _plain(node: YamlNode) -> object:
    match node:
        case Scalar():
            return node.text.split()
        case Sequence(items=items):
            return [_plain(item) for item in items]
        case Mapping(entries=entries):
            return [(_plain(key), _plain(value)) for key, value in entries]
