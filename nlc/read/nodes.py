"""YAML text to nodes with spans, event by event, refusing what a spec has no use for.

A spec comes from strangers: anchors, aliases, tags and merge keys can make a small file cost hours, so
the events are looked at one by one before anything is built from them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

from nlc.read.unreadable import explain
from nlc.report import Diagnostic, Fix, Label, Report, SpecError
from nlc.source import Source, Span

DEEPEST = 64
MOST_NODES = 50_000
LONGEST_SCALAR = 10_000


@dataclass
class Scalar:
    """`start` to `end` is what stands within the quotes."""

    span: Span
    start: int
    end: int
    flow: bool = False

    @property
    def text(self) -> str:
        return self.span.source.text[self.start : self.end].strip()


@dataclass
class Sequence:
    span: Span
    items: list[YamlNode] = field(default_factory=lambda: list[YamlNode]())
    flow: bool = False


@dataclass
class Mapping:
    span: Span
    entries: list[tuple[Scalar, YamlNode]] = field(default_factory=lambda: list[tuple[Scalar, YamlNode]]())
    flow: bool = False
    key: Scalar | None = None
    """The key that waits for its value."""


YamlNode = Scalar | Sequence | Mapping


def read_nodes(source: Source, report: Report) -> YamlNode | None:
    """The one document of the text; None if it is empty. Raises SpecError."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.reader import ReaderError

    reader = _Reader(source, report)
    yaml: Any = YAML(typ="rt", pure=True)
    try:
        for event in yaml.parse(source.text):
            reader.take(event)
    except MarkedYAMLError as error:
        raise reader.unreadable(error) from None
    except ReaderError as error:
        at: int = cast(Any, error).position
        label = Label(Span(source, at, at + 1), f"U+{ord(source.text[at]):04X}: take it out")
        report.add(Diagnostic("E0112", "this character has no meaning here", label))
        raise SpecError(report) from None
    except (YAMLError, ValueError) as error:
        label = Label(Span(source, 0, 0), str(error).split("\n")[0])
        report.add(Diagnostic("E0121", "this YAML cannot be read", label))
        raise SpecError(report) from None
    return reader.root


class _Reader:
    """Takes the events in turn; what is open is on the stack."""

    def __init__(self, source: Source, report: Report) -> None:
        self.source, self.report = source, report
        self.root: YamlNode | None = None
        self.open: list[Sequence | Mapping] = []
        self.nodes = self.documents = 0

    def take(self, event: Any) -> None:
        kind = type(event).__name__
        span = Span(self.source, event.start_mark.index, event.end_mark.index)
        if kind == "DocumentStartEvent":
            self.documents += 1
            if self.documents > 1:
                raise self.refuse("E0122", "a spec is one document", span, "take this and what follows out")
        elif kind.endswith("EndEvent"):
            if kind in ("MappingEndEvent", "SequenceEndEvent"):
                node = self.open.pop()
                node.span = node.span.to(span)
        elif kind != "StreamStartEvent":
            self.check(event, kind, span)
            self.place(self.node(event, kind, span))

    def check(self, event: Any, kind: str, span: Span) -> None:
        here = Span(self.source, span.start, max(span.start + 1, span.end))
        if kind == "AliasEvent":
            raise self.refuse("E0122", "aliases (`*name`) are not read", here, "write the value itself")
        if event.anchor:
            raise self.refuse("E0122", "anchors (`&name`) are not read", here, "take it out")
        if event.tag and event.tag != "!":
            raise self.refuse("E0122", "tags (`!name`) are not read", here, "take it out")
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise self.refuse(
                "E0123", "this file has too much in it", here, f"the limit is {MOST_NODES:,} values"
            )
        if kind == "ScalarEvent" and len(event.value) > LONGEST_SCALAR:
            place = Span(self.source, span.start, span.start + 1)
            raise self.refuse(
                "E0123", "this text is too long", place, f"the limit is {LONGEST_SCALAR:,} characters"
            )
        if kind != "ScalarEvent" and len(self.open) >= DEEPEST:
            place = Span(self.source, span.start, span.start + 1)
            raise self.refuse("E0110", "this is nested too deep", place, f"the limit is {DEEPEST} levels")

    def node(self, event: Any, kind: str, span: Span) -> YamlNode:
        if kind == "MappingStartEvent":
            return Mapping(span, flow=bool(event.flow_style))
        if kind == "SequenceStartEvent":
            return Sequence(span, flow=bool(event.flow_style))
        flow = bool(self.open and self.open[-1].flow)
        start, end = span.start, span.end
        if event.style in ("'", '"'):
            start, end = start + 1, end - 1
            if ("\\" if event.style == '"' else "''") in self.source.text[start:end]:
                raise self.refuse("E0126", "nothing in a spec needs an escape", span, "write it plainly")
        elif event.style in ("|", ">"):
            start = self.source.text.find("\n", start, end) + 1 or end
        elif flow and event.value.count("(") != event.value.count(")"):
            raise self.unquoted(span)
        return Scalar(span, start, end, flow)

    def place(self, node: YamlNode) -> None:
        """The node into what is open."""
        match self.open[-1] if self.open else None:
            case None:
                self.root = node
            case Sequence(items=items):
                items.append(node)
            case Mapping(entries=entries, key=key) as mapping:
                if key is None:
                    mapping.key = self.key(mapping, node)
                else:
                    entries.append((key, node))
                    mapping.key = None
        if not isinstance(node, Scalar):
            self.open.append(node)

    def key(self, mapping: Mapping, node: YamlNode) -> Scalar:
        if not isinstance(node, Scalar):
            place = Span(self.source, node.span.start, node.span.start + 1)
            raise self.refuse("E0126", "a key is one word", place, "a list or map cannot be a key")
        if node.text == "<<":
            raise self.refuse("E0122", "merge keys (`<<`) are not read", node.span, "write the entries out")
        if len(mapping.entries) < 1000:
            first = next((key for key, _ in mapping.entries if key.text == node.text), None)
            if first is not None:
                also = (Label(first.span, "first here"),)
                label = Label(node.span, "a second time here")
                self.report.add(Diagnostic("E0124", f"the key `{node.text[:40]}` stands twice", label, also))
        else:
            raise self.refuse("E0123", "this map has too many keys", node.span, "the limit is 1,000")
        return node

    def unquoted(self, span: Span) -> SpecError:
        """`{lr: f(a, b)}`: YAML would cut the expression at its comma."""
        depth, stop = 0, span.end
        for at, character in enumerate(self.source.line(span.line)[span.column - 1 :], span.start + 1):
            depth += (character == "(") - (character == ")")
            if depth == 0 and character == ")":
                stop = at
                break
        whole = Span(self.source, span.start, max(stop, span.end))
        fix = Fix(f'write `"{whole.text}"`', whole, f'"{whole.text}"') if "\n" not in whole.text else None
        label = Label(whole, "within `{…}` and `[…]` YAML cuts it at the comma")
        self.report.add(Diagnostic("E0127", "an expression with a comma needs quotes here", label, fix=fix))
        return SpecError(self.report)

    def refuse(self, code: str, message: str, span: Span, label: str) -> SpecError:
        self.report.add(Diagnostic(code, message, Label(span, label)))
        return SpecError(self.report)

    def unreadable(self, error: Any) -> SpecError:
        flow = bool(self.open and self.open[-1].flow)
        self.report.add(explain(self.source, error, flow))
        return SpecError(self.report)
