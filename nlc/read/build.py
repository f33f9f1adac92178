"""Each rule of the grammar to its node, and the limits that every node keeps to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from nlc.read.fields import FIELDS, bound_field
from nlc.read.lexer import Token
from nlc.read.parser import DEEPEST, too_deep
from nlc.read.words import check_name, read_number
from nlc.report import Diagnostic, Label, Report, SpecError
from nlc.source import Span, is_yaml
from nlc.spec.expr import Binary, Call, Expr, Get, Name, Negative, Node, Number, Pick, Pipe
from nlc.spec.file import (
    KINDS,
    Choices,
    Dim,
    Domain,
    Effect,
    Entry,
    Family,
    Field,
    File,
    Form,
    Input,
    Let,
    Param,
    Range,
    Return,
    Use,
)
from nlc.spec.time import Every, Quantity, Renewed, Unit

N = TypeVar("N", bound=Node)


class Build:
    """Called by the parser for each finished rule: `build(rule, parts, span)`."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.depths: dict[int, tuple[Any, int]] = {}

    def __call__(self, rule: str, parts: list[Any], span: Span) -> Any:
        maker: Callable[[list[Any], Span], Any] = getattr(self, f"_{rule}")
        return maker(parts, span)

    def _deep(self, node: N, *inside: Any) -> N:
        """The node, with its depth noted: trees stay shallow enough for plain recursion."""
        depth = 1 + max((self.depths.get(id(part), (None, 0))[1] for part in inside), default=0)
        self.depths[id(node)] = (node, depth)
        if depth > DEEPEST:
            self.report.add(too_deep(node.span))
            raise SpecError(self.report)
        return node

    def _new(self, *tokens: Token) -> None:
        """These tokens name something new: a name must be fit for that."""
        for token in tokens:
            check_name(token.text, token.span, self.report)

    def _start(self, parts: list[Any], span: Span) -> File:
        version, *items = parts
        flat: list[Any] = []
        for item in items:
            flat += cast(list[Dim], item) if isinstance(item, list) else [item]
        if version.text != "1":
            label = Label(version.span, "this nlc reads version 1")
            message = f"version {version.text[:20]} of the language is not known"
            self.report.add(Diagnostic("E0107", message, label))
        return File(1, tuple(flat), span=span)

    def _use(self, parts: list[Any], span: Span) -> Use:
        path, names = parts
        return Use(path.text[1:-1], tuple(name.text for name in names), span=span)

    def _names(self, parts: list[Any], span: Span) -> list[Token]:
        return parts

    def _dims(self, parts: list[Any], span: Span) -> list[Dim]:
        return parts

    def _binding(self, parts: list[Any], span: Span) -> Dim:
        self._new(parts[0])
        return Dim(parts[0].text, parts[1], span=span)

    def _param(self, parts: list[Any], span: Span) -> Param:
        self._new(parts[0])
        return Param(parts[0].text, parts[1], parts[2] if len(parts) > 2 else None, span=span)

    def _choices(self, parts: list[Any], span: Span) -> Choices:
        return Choices(tuple(parts), span=span)

    def _range(self, parts: list[Any], span: Span) -> Range:
        return Range(parts[0], parts[1], span=span)

    def _scale(self, parts: list[Any], span: Span) -> Domain:
        if isinstance(parts[0], Call):
            return parts[0]
        ways = "`in: [a, b]`, `in: 1..6`" if is_yaml(span.source) else "`{a, b}`, `1..6`"
        label = Label(span, f"write {ways} or `log(1e-4, 1e-2)`")
        self.report.add(Diagnostic("E0118", "this is no domain", label))
        return Choices((parts[0],), span=span)

    def _form(self, parts: list[Any], span: Span) -> Form:
        kind, name, *rest = parts
        self._new(name)
        family = next((part for part in rest if isinstance(part, Family)), None)
        inputs: tuple[Input, ...] = next(
            (cast("tuple[Input, ...]", part) for part in rest if isinstance(part, tuple)), ()
        )
        entries = tuple(part for part in rest if not isinstance(part, Family | tuple))
        for entry in entries:
            if isinstance(entry, Field) and kind.text != "schedule" and "." in entry.name:
                label = Label(entry.name_span.span, f"a field of a {kind.text} is one word")
                self.report.add(Diagnostic("E0119", "only the fields of a schedule have dots", label))
        wrong = list(bound_fields(kind.text, entries))
        for each in wrong:
            self.report.add(each)
        for entry in entries:
            if isinstance(entry, Let) and entry.name in KINDS and not wrong:
                check_name(entry.name, entry.span, self.report)
        form = Form(kind.text, name.text, inputs, entries, family, name_span=Node(span=name.span), span=span)
        return self._deep(form, *(entry for entry in entries if isinstance(entry, Form)))

    def _family(self, parts: list[Any], span: Span) -> Family:
        name, *labels = parts
        self._new(name)
        for label in labels:
            if isinstance(label, Name):
                check_name(label.text, label.span, self.report)
        return Family(name.text, tuple(labels), span=span)

    def _inputs(self, parts: list[Any], span: Span) -> tuple[Input, ...]:
        return check_inputs(tuple(parts), self.report)

    def _input(self, parts: list[Any], span: Span) -> Input:
        self._new(parts[0])
        return Input(parts[0].text, parts[1] if len(parts) > 1 else None, span=span)

    def _default(self, parts: list[Any], span: Span) -> Input:
        self._new(parts[0])
        return Input(parts[0].text, None, parts[1], span=span)

    def _sizes(self, parts: list[Any], span: Span) -> tuple[Expr, ...]:
        return tuple(parts)

    def _field(self, parts: list[Any], span: Span) -> Field:
        ref, value = parts
        name = dotted(ref)
        if name is None:
            name = "_"
            label = Label(ref.span, "write names with dots, as `hope.main`")
            self.report.add(Diagnostic("E0119", "this is no name of a field", label))
        return Field(name, value, name_span=Node(span=ref.span), span=span)

    def _let(self, parts: list[Any], span: Span) -> Let:
        if parts[0].text not in KINDS:  # `optimizer = …` may be meant as a field: its form knows
            self._new(parts[0])
        return Let(parts[0].text, parts[1], span=span)

    def _yields(self, parts: list[Any], span: Span) -> Return:
        return Return(parts[0], span=span)

    def _effect(self, parts: list[Any], span: Span) -> Effect:
        return Effect(self._call(parts, span), span=span)

    def _every(self, parts: list[Any], span: Span) -> Every:
        return Every(parts[0] if len(parts) > 1 else None, unit(parts[-1]), span=span)

    def _renewed(self, parts: list[Any], span: Span) -> Renewed:
        value, *count, last = parts
        every = Every(
            count[0] if count else None, unit(last), span=Span(span.source, self._end(value), span.end)
        )
        return Renewed(value, every, span=span)

    def _quantity(self, parts: list[Any], span: Span) -> Quantity:
        return Quantity(parts[0], unit(parts[1]), span=span)

    def _pipe(self, parts: list[Any], span: Span) -> Pipe:
        return self._deep(Pipe(parts[0], parts[1], span=span), *parts)

    def _add(self, parts: list[Any], span: Span) -> Binary:
        return self._deep(Binary("+", parts[0], parts[1], span=span), *parts)

    def _sub(self, parts: list[Any], span: Span) -> Binary:
        return self._deep(Binary("-", parts[0], parts[1], span=span), *parts)

    def _mul(self, parts: list[Any], span: Span) -> Binary:
        return self._deep(Binary("*", parts[0], parts[1], span=span), *parts)

    def _div(self, parts: list[Any], span: Span) -> Binary:
        return self._deep(Binary("/", parts[0], parts[1], span=span), *parts)

    def _neg(self, parts: list[Any], span: Span) -> Negative:
        return self._deep(Negative(parts[0], span=span), *parts)

    def _call(self, parts: list[Any], span: Span) -> Call:
        function, *rest = parts
        args = tuple(part for part in rest if not isinstance(part, Named))
        named = [part for part in rest if isinstance(part, Named)]
        check_arguments(rest, self.report)
        call = Call(function, args, tuple((part.name, part.value) for part in named), span=span)
        return self._deep(call, function, *args, *(part.value for part in named))

    def _named(self, parts: list[Any], span: Span) -> Named:
        return Named(parts[0].text, parts[1], span)

    def _get(self, parts: list[Any], span: Span) -> Get:
        return self._deep(Get(parts[0], parts[1].text, span=span), parts[0])

    def _pick(self, parts: list[Any], span: Span) -> Pick:
        return self._deep(Pick(parts[0], parts[1], span=span), *parts)

    def _name(self, parts: list[Any], span: Span) -> Name:
        return Name(parts[0].text, span=span)

    def _number(self, parts: list[Any], span: Span) -> Number:
        return Number(read_number(parts[0].text, span, self.report), span=span)

    @staticmethod
    def _end(value: Expr) -> int:
        """Where `every` begins behind a value: after it and the space and brackets around it."""
        source = value.span.source
        return source.text.index("every", value.span.end)


@dataclass(frozen=True)
class Named:
    """`name=value` on its way into a Call."""

    name: str
    value: Expr
    span: Span


def bound_fields(kind: str, entries: Iterable[Entry]) -> Iterator[Diagnostic]:
    """Fields that were written as equations: `optimizer = sgd(lr=0.1)`."""
    entries = tuple(entries)
    fields = {entry.name for entry in entries if isinstance(entry, Field)}
    for entry in entries:
        if isinstance(entry, Let) and entry.name in set(FIELDS.get(kind, ())) - fields:
            source, end = entry.span.source, entry.span.start + len(entry.name)
            sign = source.text.index("=", end)
            yield bound_field(entry.name, end, Span(source, sign, sign + 1))


def unit(token: Token) -> Unit:
    return cast(Unit, token.text.removesuffix("s"))


def dotted(ref: Expr) -> str | None:
    """`a.b.c` as text; None if it is more than names and dots."""
    match ref:
        case Name(text=text):
            return text
        case Get(base=base, name=name):
            before = dotted(base)
            return None if before is None else f"{before}.{name}"
        case _:
            return None


def check_inputs(inputs: tuple[Input, ...], report: Report) -> tuple[Input, ...]:
    default = None
    for entry in inputs:
        if entry.default is None and default is not None:
            label = Label(entry.span, f"it stands behind `{default.name}`, which has one")
            report.add(Diagnostic("E0115", f"`{entry.name}` has no default", label, notes=(_LAST,)))
        default = entry if entry.default is not None else default
    return inputs


def check_arguments(parts: list[Any], report: Report) -> None:
    """Named arguments come last, and each once."""
    names: set[str] = set()
    for part in parts:
        if not isinstance(part, Named):
            if names:
                label = Label(part.span, "put it in front of them, or give its name too")
                report.add(Diagnostic("E0120", "an argument without a name stands behind named ones", label))
            continue
        if part.name in names:
            label = Label(part.span, "a second time here")
            report.add(Diagnostic("E0120", f"the argument `{part.name}` is given twice", label))
        names.add(part.name)


_LAST = "inputs with a default come last"
