"""The syntax tree as `.nl`: the formatter, which keeps comments, and printing without a source."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from nlc.read.lexer import Token, tokenize
from nlc.source import Source
from nlc.spec.file import Dim, Effect, Entry, Field, File, Form, Let, Param, Return, Use
from nlc.write.expr import print_domain, print_expr, print_head, print_value
from nlc.write.lines import Line, join

WIDTH = 110

Item = Use | Dim | Param | Form


def format_nl(source: Source, file: File) -> str:
    """The one style of `.nl`: comments and single blank lines stay where they are."""
    return join(_Writer(source, tokenize(source).comments).file(file))


def print_nl(file: File, *, spelled: bool = False) -> str:
    """A file as `.nl`, from the tree alone; `spelled` keeps numbers as they were written."""
    lines = [Line(head="nl 1")]
    before: Item | None = None
    for group in _groups(file):
        item = group[0]
        if isinstance(item, Form) or type(item) is not type(before):
            lines.append(Line())
        lines += _form(item, 0, spelled) if isinstance(item, Form) else [_item(flat(group), spelled)]
        before = item
    return join(lines)


def _groups(file: File) -> list[list[Item]]:
    """Items one by one, but all sizes that follow each other together."""
    groups: list[list[Item]] = []
    for item in file.items:
        if isinstance(item, Dim) and groups and isinstance(groups[-1][0], Dim):
            groups[-1].append(item)
        else:
            groups.append([item])
    return groups


def print_memory(form: Form, *, spelled: bool = False) -> str:
    """One form, of any kind, as `.nl` without a last line end."""
    return join(_form(form, 0, spelled)).rstrip("\n")


def _form(form: Form, indent: int, spelled: bool) -> list[Line]:
    lines = [Line(indent, print_head(form, spelled=spelled) + " {")]
    for entry in form.entries:
        if isinstance(entry, Form):
            lines += _form(entry, indent + 1, spelled)
        else:
            lines.append(_entry(entry, indent + 1, spelled))
    return [*lines, Line(indent, "}")]


def _item(items: Sequence[Use | Dim | Param], spelled: bool) -> Line:
    """A line at the top of a file; several sizes may share one `dim`."""
    match items[0]:
        case Use(path=path, names=names):
            return Line(head=f'use "{path}" ', tail=f"({', '.join(names)})", run="use")
        case Dim():
            dims = [item for item in items if isinstance(item, Dim)]
            sizes = [f"{dim.name} = {print_expr(dim.value, spelled=spelled)}" for dim in dims]
            return Line(head=f"dim {', '.join(sizes)}")
        case Param(name=name, value=value, domain=domain):
            tail = f" in {print_domain(domain, spelled=spelled)}" if domain else ""
            return Line(
                head=f"param {name} ", tail=f"= {print_expr(value, spelled=spelled)}{tail}", run="param"
            )


def _entry(entry: Field | Let | Return | Effect, indent: int, spelled: bool) -> Line:
    match entry:
        case Field(name=name, value=value):
            return Line(indent, f"{name}: ", print_value(value, spelled=spelled), run="field")
        case Let(name=name, value=value):
            return Line(indent, f"{name} ", f"= {print_expr(value, spelled=spelled)}", run="let")
        case Return(value=value):
            return Line(indent, f"return {print_expr(value, spelled=spelled)}")
        case Effect(call=call):
            return Line(indent, print_expr(call, spelled=spelled))


@dataclass
class _Writer:
    """Walks the tree and the comments side by side, in the order of the text."""

    source: Source
    comments: list[Token]
    at: int = 0
    end: int = 0
    """Up to here the source has been written."""

    def file(self, file: File) -> list[Line]:
        first = tokenize(self.source).tokens[1]
        lines = self.before(first.start, 0, opening=True)
        lines.append(self.trail(Line(head="nl 1"), first.end))
        for items in self.groups(file):
            form = items[0] if isinstance(items[0], Form) else None
            start, end = items[0].span.start, items[-1].span.end
            start = start if form else self.statement(items[0])
            lead = self.before(start, 0, force=len(lines) > 0 and self.apart(form, lines))
            lead += self.hoist(items[-1].span.end, 0) if form is None else []
            lines += lead
            lines += self.form(form, 0) if form else [self.trail(_item(flat(items), True), end)]
        return lines + self.before(len(self.source.text), 0)

    def statement(self, item: Item) -> int:
        """A `dim` begins at its word, which stands before its first binding."""
        if not isinstance(item, Dim):
            return item.span.start
        return self.source.text.rindex("dim", 0, item.span.start)

    def groups(self, file: File) -> list[list[Item]]:
        """Items, with the sizes of one `dim` together."""
        groups: list[list[Item]] = [[item] for item in file.items[:1]]
        for before, item in pairwise(file.items):
            between = re.sub(r"#[^\n]*", "", self.source.text[before.span.end : item.span.start])
            if isinstance(item, Dim) and between.strip() == ",":
                groups[-1].append(item)
            else:
                groups.append([item])
        return groups

    def apart(self, form: Form | None, lines: list[Line]) -> bool:
        """Between a form of several lines and what is beside it stands a blank line."""
        return (form is not None and not self.short(form)) or lines[-1].text == "}"

    def form(self, form: Form, indent: int) -> list[Line]:
        head = print_head(form, spelled=True) + " {"
        body = self.body_start(form)
        if self.short(form):
            inside = "  ".join(_entry(entry, 0, True).text for entry in plain(form.entries))
            return [
                self.trail(Line(indent, f"{head} {inside} }}" if inside else f"{head} }}"), form.span.end)
            ]
        lines = [*self.hoist(body, indent), self.trail(Line(indent, head), body)]
        for count, entry in enumerate(form.entries):
            lines += self.before(entry.span.start, indent + 1, opening=count == 0)
            if isinstance(entry, Form):
                lines += self.form(entry, indent + 1)
            else:
                lines += self.hoist(entry.span.end, indent + 1)
                lines.append(self.trail(_entry(entry, indent + 1, True), entry.span.end))
        lines += self.before(form.span.end - 1, indent + 1, opening=not form.entries)
        while lines[-1] == Line():
            lines.pop()
        return [*lines, self.trail(Line(indent, "}"), form.span.end)]

    def body_start(self, form: Form) -> int:
        """Behind the `{`: comments in the head are passed over."""
        tokens = tokenize(self.source, form.name_span.span.end, form.span.end).tokens
        return next(token.end for token in tokens if token.type == "LBRACE")

    def short(self, form: Form) -> bool:
        """A form that was written on one line stays on it."""
        text = form.span.text
        inside = "  ".join(_entry(entry, 0, True).text for entry in plain(form.entries))
        nested = any(isinstance(entry, Form) for entry in form.entries)
        return "\n" not in text and not nested and len(print_head(form)) + len(inside) + 8 <= WIDTH

    def before(self, start: int, indent: int, *, opening: bool = False, force: bool = False) -> list[Line]:
        """The comments on lines of their own in front of `start`, and a blank line where one was."""
        lines: list[Line] = []
        while self.at < len(self.comments) and self.comments[self.at].start < start:
            comment = self.comments[self.at]
            lines += self.gap(comment.start, opening and not lines, force and not lines)
            lines.append(Line(indent, tidy(comment.text)))
            self.end, self.at = comment.end, self.at + 1
        if start < len(self.source.text):
            lines += self.gap(start, opening and not lines, force and not lines)
        self.end = max(self.end, start)
        return lines

    def gap(self, start: int, opening: bool, force: bool) -> list[Line]:
        blank = self.source.text.count("\n", self.end, start) > 1 and not opening
        return [Line()] if blank or force else []

    def hoist(self, end: int, indent: int) -> list[Line]:
        """Comments inside an entry go in front of it."""
        lines: list[Line] = []
        while self.at < len(self.comments) and self.comments[self.at].start < end:
            lines.append(Line(indent, tidy(self.comments[self.at].text)))
            self.at += 1
        return lines

    def trail(self, line: Line, end: int) -> Line:
        """The line with the comment that follows it on its line."""
        self.end = end
        if self.at < len(self.comments):
            comment = self.comments[self.at]
            if self.source.text[end : comment.start].strip(" \t,") == "":
                self.end, self.at = comment.end, self.at + 1
                return replace(line, comment=tidy(comment.text))
        return line


def tidy(comment: str) -> str:
    """One space behind `#`."""
    text = comment.rstrip()
    return text if len(text) == 1 or text[1] in " #!" else f"# {text[1:]}"


def plain(entries: Sequence[Entry]) -> list[Field | Let | Return | Effect]:
    return [entry for entry in entries if not isinstance(entry, Form)]


def flat(items: Sequence[Item]) -> list[Use | Dim | Param]:
    return [item for item in items if not isinstance(item, Form)]
