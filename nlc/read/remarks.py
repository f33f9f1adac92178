"""Where comments attach: each goes to the entry whose line it shares, or else to the next one below.

What stands inside an entry (between the lines of a broken expression) goes above it.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise

from nlc.read.lexer import tokenize
from nlc.read.nodes import Mapping, Scalar, Sequence, YamlNode, read_nodes
from nlc.report import Report
from nlc.source import Source, Span
from nlc.spec.file import Dim, File, Form, Param, Use
from nlc.spec.remarks import Remark, Remarks

_EMPTY_LINE = re.compile(r"\n[ \t\r]*\n")


def remarks(source: Source, file: File) -> Remarks:
    """The comments and empty lines of a file that was read from this source."""
    yaml = source.name.endswith((".yaml", ".yml"))
    return (_Yaml if yaml else _Nl)(source).file(file)


@dataclass(frozen=True)
class _Comment:
    text: str
    start: int
    end: int


class _Walk(ABC):
    """Walks the tree and the comments side by side, in the order of the text."""

    between: str
    """What may stand between the end of an entry and the comment on its line."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.at = self.end = 0
        """The next comment, and up to where the text has been passed."""
        self.out = Remarks()
        self.comments = self.found()

    @abstractmethod
    def found(self) -> list[_Comment]:
        """All comments, in the order of the text."""

    @abstractmethod
    def version(self, file: File) -> Span | None:
        """Where the version stands, if it stands first."""

    @abstractmethod
    def is_joined(self, before: Dim, dim: Dim) -> bool:
        """Whether two sizes share a line."""

    @abstractmethod
    def start(self, item: Use | Dim | Param | Form) -> int: ...

    @abstractmethod
    def head(self, form: Form) -> int:
        """Where the head of a form ends."""

    @abstractmethod
    def foot(self, form: Form) -> int:
        """Where the text below the last entry ends."""

    @abstractmethod
    def done(self, form: Form) -> int:
        """Where the form itself ends."""

    def file(self, file: File) -> Remarks:
        at = self.version(file)
        lead, trail = (self.above(at.start), self.beside(at.end)) if at else ((), "")
        for group in self.groups(file):
            first, last = group[0], group[-1]
            if isinstance(first, Form):
                self.form(first)
            else:
                self.entry(first.span.start, self.start(first), last.span.end)
        self.out.version = Remark(lead, trail, _without_end(self.above(len(self.source.text))))
        return self.out

    def groups(self, file: File) -> list[list[Use | Dim | Param | Form]]:
        """Items, with the sizes of one line together."""
        groups: list[list[Use | Dim | Param | Form]] = [[item] for item in file.items[:1]]
        for before, item in pairwise(file.items):
            if isinstance(before, Dim) and isinstance(item, Dim) and self.is_joined(before, item):
                self.out.joined.add(item.span.start)
                groups[-1].append(item)
            else:
                groups.append([item])
        return groups

    def entry(self, key: int, start: int, end: int) -> None:
        lead = self.above(start) + self.inside(end)
        self.out.places[key] = Remark(lead, self.beside(end))

    def form(self, form: Form) -> None:
        head = self.head(form)
        lead = self.above(form.span.start) + self.inside(head)
        trail = self.beside(head)
        for entry in form.entries:
            if isinstance(entry, Form):
                self.form(entry)
            else:
                self.entry(entry.span.start, entry.span.start, entry.span.end)
        last = _without_end(self.above(self.foot(form)))
        self.out.places[form.span.start] = Remark(lead, trail, last, self.beside(self.done(form)))

    def above(self, start: int) -> tuple[str, ...]:
        """The comments in front of `start`, with an empty line where there was one."""
        lines: list[str] = []
        while self.at < len(self.comments) and self.comments[self.at].start < start:
            comment = self.comments[self.at]
            lines += [*self.gap(comment.start), tidy(comment.text)]
            self.end, self.at = max(self.end, comment.end), self.at + 1
        lines += self.gap(start)
        self.end = max(self.end, start)
        return tuple(lines)

    def gap(self, start: int) -> list[str]:
        return [""] if _EMPTY_LINE.search(self.source.text, self.end, max(self.end, start)) else []

    def inside(self, end: int) -> tuple[str, ...]:
        lines: list[str] = []
        while self.at < len(self.comments) and self.comments[self.at].start < end:
            lines.append(tidy(self.comments[self.at].text))
            self.at += 1
        return tuple(lines)

    def beside(self, end: int) -> str:
        """The comment that follows `end` on its line."""
        self.end = max(self.end, end)
        if self.at == len(self.comments):
            return ""
        comment = self.comments[self.at]
        if self.source.text[end : comment.start].strip(self.between):
            return ""
        self.end, self.at = comment.end, self.at + 1
        return tidy(comment.text)


class _Nl(_Walk):
    between = " \t,"

    def found(self) -> list[_Comment]:
        self.tokens = tokenize(self.source)
        self.braces = [token.start for token in self.tokens.tokens if token.type == "LBRACE"]
        return [_Comment(token.text, token.start, token.end) for token in self.tokens.comments]

    def version(self, file: File) -> Span | None:
        first, second = self.tokens.tokens[:2]
        return first.span.to(second.span)

    def is_joined(self, before: Dim, dim: Dim) -> bool:
        between = re.sub(r"#[^\n]*", "", self.source.text[before.span.end : dim.span.start])
        return between.strip() == ","

    def start(self, item: Use | Dim | Param | Form) -> int:
        """A `dim` begins at its word, which stands before its first binding."""
        if not isinstance(item, Dim):
            return item.span.start
        return self.source.text.rindex("dim", 0, item.span.start)

    def head(self, form: Form) -> int:
        if "\n" not in form.span.text:
            self.out.short.add(form.span.start)
        return self.braces[bisect_left(self.braces, form.name_span.span.end)] + 1

    def foot(self, form: Form) -> int:
        return form.span.end - 1

    def done(self, form: Form) -> int:
        return form.span.end


class _Yaml(_Walk):
    between = " \t,:{}[]\"'"

    def found(self) -> list[_Comment]:
        self.root = read_nodes(self.source, Report())
        scalars = sorted(_scalars(self.root), key=lambda scalar: scalar[0].start)
        out, at = list[_Comment](), 0
        for scalar, is_text in scalars:
            out += self.between_scalars(at, scalar.start)
            if is_text:
                inner = tokenize(self.source, scalar.start, scalar.end).comments
                out += [_Comment(token.text, token.start, token.end) for token in inner]
            at = scalar.end
        return out + self.between_scalars(at, len(self.source.text))

    def between_scalars(self, start: int, end: int) -> list[_Comment]:
        found = _YAML_COMMENT.finditer(self.source.text, start, end)
        return [_Comment(match[1], match.start(1), match.end(1)) for match in found]

    def version(self, file: File) -> Span | None:
        if not isinstance(self.root, Mapping):
            return None
        key, value = self.root.entries[0]
        return key.span.to(value.span) if key.text == "nl" else None

    def is_joined(self, before: Dim, dim: Dim) -> bool:
        """Sizes within one `{…}`."""
        line = re.sub(r"#[^\n]*", "", self.source.text[before.span.end : dim.span.start])
        return line.strip(" \t\r\n\"'") == ","

    def start(self, item: Use | Dim | Param | Form) -> int:
        return item.span.start

    def head(self, form: Form) -> int:
        return form.name_span.span.end

    def foot(self, form: Form) -> int:
        """Behind the comments that are set in as far as the form's entries are."""
        foot, column = self.end, form.name_span.span.column
        for at in range(self.at, len(self.comments)):
            comment = self.comments[at]
            place = Span(self.source, comment.start, comment.end)
            own = not self.source.text[: comment.start].rpartition("\n")[2].strip()
            if comment.start >= form.span.end or not own or place.column <= column:
                break
            foot = comment.end
        return foot

    def done(self, form: Form) -> int:
        return self.end


_YAML_COMMENT = re.compile(r"(?:^|(?<=\s))(#[^\n\r\x85\u2028\u2029]*)", re.M)


def _scalars(node: YamlNode | None, text: bool = True, top: bool = True) -> list[tuple[Scalar, bool]]:
    """All scalars; True with those that hold a piece of the language."""
    match node:
        case Scalar():
            return [(node, text)]
        case Sequence(items=items):
            return [found for item in items for found in _scalars(item, text, False)]
        case Mapping(entries=entries):
            return [
                found
                for key, value in entries
                for found in [(key, False), *_scalars(value, text and not (top and key.text == "use"), False)]
            ]
        case None:
            return []


def _without_end(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Without an empty line at the end."""
    return lines[:-1] if lines and not lines[-1] else lines


def tidy(comment: str) -> str:
    """One space behind `#`."""
    text = comment.rstrip()
    return text if len(text) == 1 or text[1] in " #!" else f"# {text[1:]}"
