"""The syntax tree as `.nl`: the one style, which keeps comments, and printing without a source."""

from __future__ import annotations

from collections.abc import Sequence

from nlc.read.remarks import remarks
from nlc.source import Source
from nlc.spec.file import Dim, Effect, Entry, Field, File, Form, Let, Param, Return, Use
from nlc.spec.remarks import Remarks
from nlc.write.expr import (
    domain_pieces,
    head_pieces,
    pieces,
    print_expr,
    print_head,
    value_pieces,
)
from nlc.write.lines import Line, join
from nlc.write.pieces import WIDTH, Joined, Listed, Row

Item = Use | Dim | Param | Form


def format_nl(source: Source, file: File) -> str:
    """The one style of `.nl`: comments and single empty lines stay where they are."""
    return write_nl(file, remarks(source, file))


def write_nl(file: File, notes: Remarks) -> str:
    """A file of either spelling in the one style of `.nl`, with what it says beside its meaning."""
    return join(_Writer(notes).file(file), broken=True)


def print_nl(file: File, *, spelled: bool = False) -> str:
    """A file as `.nl`, from the tree alone, an entry a line; `spelled` keeps numbers as written."""
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
    lines = [_head(form, indent, spelled)]
    for entry in form.entries:
        if isinstance(entry, Form):
            lines += _form(entry, indent + 1, spelled)
        else:
            lines.append(_entry(entry, indent + 1, spelled))
    return [*lines, Line(indent, "}")]


def _head(form: Form, indent: int, spelled: bool, comment: str = "") -> Line:
    return Line(indent, "", head_pieces(form, spelled=spelled, behind=" {"), comment=comment)


def _item(items: Sequence[Use | Dim | Param], spelled: bool, comment: str = "") -> Line:
    """A line at the top of a file; several sizes may share one `dim`."""
    match items[0]:
        case Use(path=path, names=names):
            return Line(0, f'use "{path}" ', Listed("(", names, ")"), "use", comment)
        case Dim():
            sizes = [
                f"{dim.name} = {print_expr(dim.value, spelled=spelled)}"
                for dim in items
                if isinstance(dim, Dim)
            ]
            first, *rest = [*(f"{size}," for size in sizes[:-1]), sizes[-1]]
            return Line(0, "dim ", Row(first, tuple(rest)), comment=comment)
        case Param(name=name, value=value, domain=domain):
            tail = ("= ", pieces(value, spelled=spelled))
            domains = (" in ", domain_pieces(domain, spelled=spelled)) if domain else ()
            return Line(0, f"param {name} ", Joined((*tail, *domains)), "param", comment)


def _entry(entry: Field | Let | Return | Effect, indent: int, spelled: bool, comment: str = "") -> Line:
    match entry:
        case Field(name=name, value=value):
            return Line(indent, f"{name}: ", value_pieces(value, spelled=spelled), "field", comment)
        case Let(name=name, value=value):
            tail = Joined(("= ", pieces(value, spelled=spelled)))
            return Line(indent, f"{name} ", tail, "let", comment)
        case Return(value=value):
            return Line(indent, "return ", pieces(value, spelled=spelled), comment=comment)
        case Effect(call=call):
            return Line(indent, "", pieces(call, spelled=spelled), comment=comment)


class _Writer:
    """Walks the tree; what stands beside the meaning comes from the remarks."""

    def __init__(self, notes: Remarks) -> None:
        self.notes = notes

    def file(self, file: File) -> list[Line]:
        version = self.notes.version
        lines = [*_remarks(_without_start(version.lead), 0), Line(head="nl 1", comment=version.trail)]
        for items in self.groups(file):
            form = items[0] if isinstance(items[0], Form) else None
            note = self.notes.of(items[0])
            lead = note.lead
            if ((form and not self.is_short(form)) or lines[-1].text == "}") and "" not in lead:
                lead = ("", *lead)
            lines += _remarks(lead, 0)
            lines += self.form(form, 0) if form else [_item(flat(items), True, note.trail)]
        return lines + _remarks(version.last, 0)

    def groups(self, file: File) -> list[list[Item]]:
        """Items, with the sizes of one `dim` together."""
        groups: list[list[Item]] = []
        for item in file.items:
            if isinstance(item, Dim) and item.span.start in self.notes.joined:
                groups[-1].append(item)
            else:
                groups.append([item])
        return groups

    def form(self, form: Form, indent: int) -> list[Line]:
        note = self.notes.of(form)
        if self.is_short(form):
            return [Line(indent, _short(form), comment=note.close or note.trail)]
        lines = [_head(form, indent, True, note.trail)]
        for entry in form.entries:
            own = self.notes.of(entry)
            lead = own.lead if len(lines) > 1 else _without_start(own.lead)
            lines += _remarks(lead, indent + 1)
            if isinstance(entry, Form):
                lines += self.form(entry, indent + 1)
            else:
                lines.append(_entry(entry, indent + 1, True, own.trail))
        last = note.last if len(lines) > 1 else _without_start(note.last)
        return [*lines, *_remarks(last, indent + 1), Line(indent, "}", comment=note.close)]

    def is_short(self, form: Form) -> bool:
        """A form that was written on one line stays on it."""
        nested = any(isinstance(entry, Form) for entry in form.entries)
        return form.span.start in self.notes.short and not nested and len(_short(form)) <= WIDTH


def _short(form: Form) -> str:
    inside = "  ".join(_entry(entry, 0, True).text for entry in plain(form.entries))
    head = print_head(form, spelled=True) + " {"
    return f"{head} {inside} }}" if inside else f"{head} }}"


def _remarks(lines: Sequence[str], indent: int) -> list[Line]:
    return [Line(indent, text) if text else Line() for text in lines]


def _without_start(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Without an empty line at the start."""
    return lines[1:] if lines and not lines[0] else lines


def plain(entries: Sequence[Entry]) -> list[Field | Let | Return | Effect]:
    return [entry for entry in entries if not isinstance(entry, Form)]


def flat(items: Sequence[Item]) -> list[Use | Dim | Param]:
    return [item for item in items if not isinstance(item, Form)]
