"""The syntax tree as YAML: forms of one kind come together, an entry a line, comments carried along."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from nlc.spec.expr import Expr, Node
from nlc.spec.file import Choices, Dim, Effect, File, Form, Let, Param, Return, Use
from nlc.spec.remarks import Remarks
from nlc.write.expr import (
    pieces,
    print_domain,
    print_expr,
    print_label,
    print_shape,
    value_pieces,
)
from nlc.write.keys import check_keys
from nlc.write.pieces import Joined, Piece, flat, lay

DEEP = 10
"""Columns that are kept free: an entry of a memory stands so far in."""

_SPLITS = re.compile(r"[,\[\]{}]")
_PLAIN = re.compile(r"[\w./-]+", re.ASCII)
_UNREADABLE = re.compile(
    r"[^\t\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
"""What YAML refuses, or takes for the end of a line."""


def print_yaml(file: File, *, spelled: bool = False) -> str:
    """A file as YAML, from the tree alone."""
    return _join(_Printer(spelled, None).file(file))


def write_yaml(file: File, notes: Remarks) -> str:
    """A file of either spelling as YAML, with what it says beside its meaning; raises SpecError."""
    check_keys(file)
    return _join(_Printer(True, notes).file(file))


def _join(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"


class _Printer:
    """Without remarks: the tree alone, with the empty lines that make it easy to read."""

    def __init__(self, spelled: bool, notes: Remarks | None) -> None:
        self.spelled = spelled
        self.bare = notes is None
        self.notes = notes or Remarks()

    def file(self, file: File) -> list[str]:
        version = self.notes.version
        lines = [*_trimmed(version.lead), _with("nl: 1", version.trail)]
        lines += self.uses(file.uses())
        dims, params = self.dims(file.dims()), self.params(file.params())
        if self.bare and (dims or params):
            lines.append("")
        lines += [*dims, *params]
        lines += self.kinds(file.forms(), opening=False, apart=True)
        return [*lines, *_comments(version.last, 0)]

    def uses(self, uses: list[Use]) -> list[str]:
        entries = [(use, f"{_key(use.path)}: [{', '.join(use.names)}]") for use in uses]
        return self.flow("use", entries) if len(entries) == 1 else self.under("use", entries)

    def dims(self, dims: list[Dim]) -> list[str]:
        """In one `{…}` what shares a line in `.nl`."""
        joined = self.bare or all(dim.span.start in self.notes.joined for dim in dims[1:])
        if joined:
            return self.flow("dim", [(dim, f"{dim.name}: {self.quoted(dim.value)}") for dim in dims])
        return self.under("dim", [(dim, Joined((f"{dim.name}: ", self.pieces(dim.value)))) for dim in dims])

    def params(self, params: list[Param]) -> list[str]:
        return self.under("param", [(param, f"{param.name}: {self.param(param)}") for param in params])

    def param(self, param: Param) -> str:
        match param.domain:
            case None:
                return self.expr(param.value)
            case Choices(items=items):
                domain = f"[{', '.join(self.quoted(item) for item in items)}]"
            case other:
                domain = quoted(print_domain(other, spelled=self.spelled))
        return f"{{default: {self.quoted(param.value)}, in: {domain}}}"

    def kinds(self, forms: list[Form], *, opening: bool, apart: bool = False) -> list[str]:
        """One part for each kind, in the order in which they first come."""
        parts: dict[str, list[Form]] = {}
        for form in forms:
            parts.setdefault(form.kind, []).append(form)
        lines: list[str] = []
        for kind, members in parts.items():
            above, first = self.lead(members[0], opening and not lines)
            lines += [""] if apart and not above else above
            lines += [f"{kind}:", *_comments(first, 2), *_in(self.form(members[0]), 2)]
            for form in members[1:]:
                lines += [*_comments(self.notes.of(form).lead, 2), *_in(self.form(form), 2)]
        return lines

    def form(self, form: Form) -> list[str]:
        note = self.notes.of(form)
        inside = self.head(form)
        for entry in form.fields():
            own = self.notes.of(entry)
            lead = own.lead if inside else _trimmed(own.lead)
            text = Joined((f"{entry.name}: ", value_pieces(entry.value, spelled=self.spelled)))
            inside += [*_comments(lead, 0), *self.entry(text, own.trail)]
        forms = [entry for entry in form.entries if isinstance(entry, Form)]
        inside += self.kinds(forms, opening=not inside)
        body = [entry for entry in form.entries if isinstance(entry, Let | Return | Effect)]
        inside += self.under(
            "body", [(entry, Joined(("- ", self.line(entry)))) for entry in body], not inside
        )
        start, trail, close = f"{form.name}:" if inside else f"{form.name}: {{}}", note.trail, note.close
        if form.span.start in self.notes.short:
            trail, close = trail or close, ""
        inside += _comments((*note.last, *([close] if close else [])), 0)
        return [_with(start, trail), *_in(inside, 2)]

    def head(self, form: Form) -> list[str]:
        lines: list[str] = []
        if form.family:
            labels = (quoted(print_label(label, spelled=self.spelled)) for label in form.family.labels)
            lines.append(f"for: {{{form.family.name}: [{', '.join(labels)}]}}")
        shapes = [
            f"{i.name}: {'[]' if i.shape == () else print_shape(i.shape or ())}"
            for i in form.inputs
            if i.default is None
        ]
        if shapes:
            lines.append(f"in: {{{', '.join(shapes)}}}")
        defaults = [f"{i.name}: {self.quoted(i.default)}" for i in form.inputs if i.default is not None]
        if defaults:
            lines.append(f"with: {{{', '.join(defaults)}}}")
        return lines

    def line(self, entry: Let | Return | Effect) -> Piece:
        match entry:
            case Let(name=name, value=value):
                return Joined((f"{name} = ", self.pieces(value)))
            case Return(value=value):
                return Joined(("return ", self.pieces(value)))
            case Effect(call=call):
                return self.pieces(call)

    def entry(self, text: Piece, trail: str) -> list[str]:
        """The lines of an entry; what goes on is set in, so that YAML takes it for one text."""
        if self.bare:
            return [flat(text)]
        first, *rest = lay(text, DEEP, DEEP + 2)
        *most, last = [first, *(line[DEEP:] for line in rest)]
        return [*most, _with(last, trail)]

    def flow(self, key: str, entries: Sequence[tuple[Use | Dim, str]]) -> list[str]:
        """All on one line, which has the remarks of the first entry above and of the last beside it."""
        if not entries:
            return []
        note = self.notes.of(entries[0][0])
        text = f"{key}: {{{', '.join(text for _, text in entries)}}}"
        return [*_comments(note.lead, 0), _with(text, note.trail)]

    def under(self, key: str, entries: Iterable[tuple[Node, Piece]], opening: bool = False) -> list[str]:
        """Each on a line of its own; an empty line above the first goes above the key."""
        lines: list[str] = []
        for node, text in entries:
            note = self.notes.of(node)
            if lines:
                lines += _comments(note.lead, 2)
            else:
                above, lead = self.lead(node, opening)
                lines = [*above, f"{key}:", *_comments(lead, 2)]
            lines += _in(self.entry(text, note.trail), 2)
        return lines

    def lead(self, node: Node, opening: bool) -> tuple[list[str], tuple[str, ...]]:
        """What stands above the key that the node is the first under, and what stands below it.

        Comments that an empty line parts from the node are above.
        """
        lead = self.notes.of(node).lead
        lead = _trimmed(lead) if opening else lead
        cut = max((at for at, line in enumerate(lead, 1) if not line), default=0)
        return _comments(lead[:cut], 0), lead[cut:]

    def pieces(self, expr: Expr) -> Piece:
        return pieces(expr, spelled=self.spelled)

    def expr(self, expr: Expr) -> str:
        return print_expr(expr, spelled=self.spelled)

    def quoted(self, expr: Expr) -> str:
        """Within `{…}` and `[…]`."""
        return quoted(self.expr(expr))


def _key(path: str) -> str:
    return path if _PLAIN.fullmatch(path) else f'"{path}"'


def _with(text: str, comment: str) -> str:
    return f"{text}  {_readable(comment)}" if comment else text


def _comments(lines: Iterable[str], indent: int) -> list[str]:
    return _in([_readable(line) for line in lines], indent)


def _in(lines: Iterable[str], indent: int) -> list[str]:
    return [" " * indent + line if line else "" for line in lines]


def _readable(comment: str) -> str:
    return _UNREADABLE.sub(" ", comment)


def _trimmed(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Without an empty line at the start."""
    return lines[1:] if lines and not lines[0] else lines


def quoted(text: str) -> str:
    """In quotes if YAML would cut it within `{…}` or `[…]`."""
    return f'"{text}"' if _SPLITS.search(text) else text
