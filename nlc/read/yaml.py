"""YAML to the same File as its `.nl` twin: YAML carries the skeleton, its texts carry expressions."""

from __future__ import annotations

import re
from collections.abc import Sequence as Sequence_
from typing import Any, cast

from nlc.read.build import check_inputs
from nlc.read.fields import FIELDS
from nlc.read.nl import check_size, parse_piece
from nlc.read.nodes import Mapping, Scalar, Sequence, YamlNode, read_nodes
from nlc.read.spelling import other_spelling
from nlc.read.units import legal
from nlc.read.words import check_name
from nlc.report import Diagnostic, Fix, Label, Report, SpecError
from nlc.source import Source, Span
from nlc.spec.expr import Name, Node, Number
from nlc.spec.file import (
    KINDS,
    Choices,
    Dim,
    Effect,
    Entry,
    Family,
    Field,
    File,
    Form,
    Input,
    Kind,
    Let,
    Param,
    Return,
    Use,
)
from nlc.spec.time import Unit
from nlc.suggest import nearest, same, slipped

_DOTTED = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")
_TOP = ("nl", "use", "dim", "param", *KINDS)


FORM_KEYS = ("in", "with", "for", "body", "memory")
"""Keys of a form that hold more than one text."""


def parse_yaml(source: Source) -> File:
    """The file, in the order of its text; raises SpecError."""
    check_size(source)
    report = Report()
    if found := other_spelling(source):
        raise SpecError(Report([found]))
    root = read_nodes(source, report)
    file = _Reader(source, report).file(root)
    report.stop()
    return file


class _Reader:
    def __init__(self, source: Source, report: Report) -> None:
        self.source, self.report = source, report
        self.kinds: list[str] = []
        """Of the forms around the one that is read."""

    def file(self, root: YamlNode | None) -> File:
        whole = Span(self.source, 0, len(self.source.text))
        items: list[Any] = []
        version = False
        for key, node in self.entries(root, "a spec", whole):
            match key.text:
                case "nl":
                    version = True
                    self.version(node)
                case "use":
                    if isinstance(node, Mapping):
                        items += [self.use(path, names) for path, names in node.entries]
                    else:
                        label = "write `std/swiglu.nl: [swiglu]` lines under it"
                        self.wrong(node, f"`use` is a map, no {_said(node)}", label)
                case "dim":
                    items += [self.dim(name, value) for name, value in self.entries(node, "`dim`")]
                case "param":
                    items += [self.param(name, value) for name, value in self.entries(node, "`param`")]
                case kind if kind in KINDS:
                    items += self.forms(kind, node)
                case _:
                    self.unknown(key, _TOP, "a spec")
        if not version:
            fix = Fix("put `nl: 1` on the first line", Span(self.source, 0, 0), "nl: 1\n")
            label = Label(Span(self.source, 0, 0), "write `nl: 1` above it")
            self.report.add(Diagnostic("E0106", "the file does not say its version", label, fix=fix))
        return File(1, tuple(items), span=whole)

    def version(self, node: YamlNode) -> None:
        text = self.scalar(node, "the version").text
        if text and text != "1":
            label = Label(node.span, "this nlc reads version 1")
            message = f"version {text[:20]} of the language is not known"
            self.report.add(Diagnostic("E0107", message, label))

    def use(self, path: Scalar, names: YamlNode) -> Use:
        listed = self.items(names, "the names of `use`")
        found = [self.scalar(name, "a name").text for name in listed]
        return Use(path.text, tuple(found), span=path.span.to(names.span))

    def dim(self, name: Scalar, value: YamlNode) -> Dim:
        self.new(name)
        return Dim(name.text, self.piece(value, "expr"), span=name.span.to(value.span))

    def param(self, name: Scalar, node: YamlNode) -> Param:
        self.new(name)
        span = name.span.to(node.span)
        if isinstance(node, Scalar):
            return Param(name.text, self.piece(node, "expr"), span=span)
        value, domain = None, None
        for key, inside in self.entries(node, f"`{name.text}`"):
            if key.text == "default":
                value = self.piece(inside, "expr")
            elif key.text == "in":
                domain = self.domain(inside)
            else:
                self.unknown(key, ("default", "in"), "a param")
        if value is None:
            label = Label(name.span, "write `default:` under it")
            self.report.add(Diagnostic("E0104", f"`{name.text}` has no value", label))
            value = Number(0)
        return Param(name.text, value, domain, span=span)

    def domain(self, node: YamlNode) -> Any:
        if isinstance(node, Sequence):
            return Choices(tuple(self.piece(item, "expr") for item in node.items), span=node.span)
        if isinstance(node, Mapping):
            text = node.span.text
            plain = text.startswith("{") and ":" not in text and text.endswith("}")
            fix = Fix(f"write `[{text[1:-1]}]`", node.span, f"[{text[1:-1]}]") if plain else None
            label = Label(node.span, "a set of choices is a list: `in: [16, 32]`")
            self.report.add(Diagnostic("E0118", "this is no domain", label, fix=fix))
            return Choices((Number(0),), span=node.span)
        return self.piece(node, "domain")

    def forms(self, kind: str, node: YamlNode) -> list[Form]:
        nameless = (
            [key for key, _ in node.entries if key.text in ("in", "body")]
            if isinstance(node, Mapping)
            else []
        )
        if nameless:
            label = Label(nameless[0].span, f"write `name:` under `{kind}:`, and this under the name")
            self.report.add(Diagnostic("E0116", f"this {kind} has no name", label))
            return []
        return [self.form(cast(Kind, kind), name, body) for name, body in self.entries(node, f"`{kind}`")]

    def form(self, kind: Kind, name: Scalar, node: YamlNode) -> Form:
        self.new(name)
        inputs: list[Input] = []
        defaults: list[Input] = []
        family: Family | None = None
        entries: list[Entry] = []
        for key, value in self.entries(node, f"`{name.text}`"):
            match key.text:
                case "in":
                    inputs = [self.input(*entry) for entry in self.entries(value, "`in`")]
                case "with":
                    defaults = [self.default(*entry) for entry in self.entries(value, "`with`")]
                case "for":
                    family = self.family(value)
                case "body":
                    entries += [self.entry(item) for item in self.items(value, "`body`")]
                case text if (
                    text in KINDS and text not in FIELDS.get(kind, ()) and isinstance(value, Mapping)
                ):
                    self.kinds.append(kind)
                    entries += self.forms(text, value)
                    self.kinds.pop()
                case text if isinstance(value, Mapping) and (
                    text in FIELDS.get(kind, ()) or not nearest(text, (*FORM_KEYS, *KINDS))
                ):
                    self.one_text(key, value)
                case _ if not isinstance(value, Scalar):
                    self.unknown(key, FORM_KEYS, f"a {kind}")
                case _:
                    entries.append(self.field(kind, key, value, self.units(kind, key, node)))
        every = check_inputs((*inputs, *defaults), self.report)
        span, at = name.span.to(node.span), Node(span=name.span)
        return Form(kind, name.text, every, tuple(entries), family, name_span=at, span=span)

    def input(self, name: Scalar, node: YamlNode) -> Input:
        self.new(name)
        span = name.span.to(node.span)
        if isinstance(node, Sequence):
            sizes = [size for item in node.items for size in self.piece(item, "sizes")]
            return Input(name.text, tuple(sizes), span=span)
        text = self.scalar(node, "a shape").text
        return Input(name.text, self.piece(node, "sizes") if text else None, span=span)

    def default(self, name: Scalar, node: YamlNode) -> Input:
        self.new(name)
        return Input(name.text, None, self.piece(node, "expr"), span=name.span.to(node.span))

    def family(self, node: YamlNode) -> Family | None:
        entries = self.entries(node, "`for`")
        if len(entries) != 1:
            self.wrong(node, "`for` names one thing", "write `for: {r: [key, value]}`")
            return None
        name, labels = entries[0]
        self.new(name)
        listed = labels.items if isinstance(labels, Sequence) else [labels]
        found = [self.piece(label, "label") for label in listed]
        for label in found:
            if isinstance(label, Name):
                check_name(label.text, label.span, self.report)
        return Family(name.text, tuple(found), span=node.span)

    def field(self, kind: Kind, key: Scalar, node: YamlNode, units: Sequence_[Unit]) -> Field:
        dotted = _DOTTED.fullmatch(key.text)
        if not dotted or ("." in key.text and kind != "schedule"):
            text = f"a field of a {kind} is one word" if dotted else "a field is a name"
            message = "only the fields of a schedule have dots" if dotted else "this is no name of a field"
            self.report.add(Diagnostic("E0119", message, Label(key.span, text)))
        value = self.piece(node, "value", key, units)
        return Field(key.text, value, name_span=Node(span=key.span), span=key.span.to(node.span))

    def units(self, kind: Kind, key: Scalar, form: YamlNode) -> Sequence_[Unit]:
        """The units of time that a field of this form may have."""
        entries = form.entries if isinstance(form, Mapping) else []
        texts = (
            value.text for name, value in entries if name.text == "objective" and isinstance(value, Scalar)
        )
        objective = next(texts, "").partition("(")[0].strip()
        return legal(kind, key.text, objective, self.kinds[-1] if self.kinds else "")

    def entry(self, node: YamlNode) -> Entry:
        entry = self.piece(node, "entry")
        if isinstance(entry, Let) and entry.name in KINDS:
            check_name(entry.name, entry.span, self.report)
        if isinstance(entry, Let | Return | Effect):
            return entry
        if not isinstance(entry, Number):  # a Number stands for what was reported already
            self.wrong(node, "`body` holds equations", "fields and forms stand beside `body`")
        return Return(Number(0))

    def piece(
        self, node: YamlNode, start: str, key: Scalar | None = None, units: Sequence_[Unit] = ()
    ) -> Any:
        """The node's text as the rule `start` of the grammar."""
        scalar = self.scalar(node, f"`{key.text[:40]}`" if key else "this")
        if not scalar.text:
            if isinstance(node, Scalar):
                place = key.span if key else node.span
                after = f"`{key.text[:40]}:`" if key else "here"
                message = f"a value is missing after {after}" if key else "a value is missing here"
                label = Label(place, "put an expression behind it")
                self.report.add(Diagnostic("E0104", message, label))
            return Number(0)
        found = parse_piece(self.source, start, scalar.start, scalar.end, self.report, units)
        return Number(0) if found is None else found

    def new(self, name: Scalar) -> None:
        check_name(name.text, name.span, self.report)

    def scalar(self, node: YamlNode, what: str) -> Scalar:
        if isinstance(node, Scalar):
            return node
        self.wrong(
            node, f"{what} is one text, no {_said(node)}", "write it as one text; with a comma, in quotes"
        )
        return Scalar(node.span, node.span.start, node.span.start)

    def items(self, node: YamlNode, what: str) -> list[YamlNode]:
        if isinstance(node, Sequence):
            return node.items
        self.wrong(node, f"{what} is a list, no {_said(node)}", "begin each line with `- `")
        return []

    def entries(
        self, node: YamlNode | None, what: str, whole: Span | None = None
    ) -> list[tuple[Scalar, YamlNode]]:
        if isinstance(node, Mapping):
            return node.entries
        if node is not None and whole is None:
            self.wrong(node, f"{what} is a map, no {_said(node)}", "write `name: value` lines under it")
        elif node is not None:
            self.wrong(node, f"{what} is a map, no {_said(node)}", "begin with `nl: 1`")
        return []

    def wrong(self, node: YamlNode, message: str, label: str) -> None:
        end = min(node.span.end, self.source.text.find("\n", node.span.start) % (len(self.source.text) + 1))
        span = Span(self.source, node.span.start, max(node.span.start, end))
        self.report.add(Diagnostic("E0126", message, Label(span, label)))

    def one_text(self, key: Scalar, value: Mapping) -> None:
        """`objective: {name: l2}` and `structure: {mlp: {depth: 2}}`"""
        word = key.text[:40]
        meant = _as_call(value) or "mlp(depth=2)"
        self.wrong(value, f"`{word}` is one text, no map", f"write it as one text: `{word}: {meant}`")

    def unknown(self, key: Scalar, known: tuple[str, ...], where: str) -> None:
        meant = nearest(key.text, known)
        label = Label(key.span, "known are " + ", ".join(f"`{word}`" for word in known))
        certain = meant and (same(key.text, meant) or slipped(key.text, meant))
        fix = Fix(f"did you mean `{meant}`?", key.span, meant) if meant and certain else None
        self.report.add(Diagnostic("E0125", f"`{key.text[:40]}` is no key of {where}", label, fix=fix))


def _as_call(node: Mapping) -> str | None:
    """A map of a part and its arguments as the expression that it stands for."""
    named = [(key.text, value) for key, value in node.entries]
    part = next((value.text for key, value in named if key in _NAMING and isinstance(value, Scalar)), None)
    rest = [(key, value) for key, value in named if key not in _NAMING]
    if part is None and len(rest) == 1 and isinstance(rest[0][1], Mapping):
        part, rest = rest[0][0], [(key.text, value) for key, value in rest[0][1].entries]
    if part is None or not all(isinstance(value, Scalar) for _, value in rest):
        return None
    given = ", ".join(f"{key}={value.text}" for key, value in rest if isinstance(value, Scalar))
    text = f"{part}({given})" if given else part
    return text if len(text) <= 60 else None


_NAMING = ("name", "type", "kind")


def _said(node: YamlNode) -> str:
    match node:
        case Scalar():
            return "text"
        case Sequence():
            return "list"
        case Mapping():
            return "map"
