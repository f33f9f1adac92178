"""From a call in the text to a part with validated arguments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from pydantic import ValidationError

from nlc.check import elsewhere
from nlc.check.evaluation import Constant, evaluate, resolve, said
from nlc.check.problem import Stopped, doubled, problem, shown, unknown
from nlc.check.refusal import Refusal
from nlc.check.words import check_words
from nlc.parts.meaning import mentioned, parse, stands_for
from nlc.parts.part import Part
from nlc.parts.registry import find, names
from nlc.report import Fix, Report
from nlc.source import Span
from nlc.spec.expr import Call, Expr, Name
from nlc.suggest import same as same_word

WORDS = {"true": True, "false": False}
TRUTHS = {"true": "true", "yes": "true", "on": "true", "false": "false", "no": "false", "off": "false"}


def part(
    kind: str,
    expr: Expr,
    values: Mapping[str, Constant],
    report: Report,
    fitting: Collection[str] = (),
) -> tuple[Part, dict[str, Expr]]:
    """The part of that kind, and the arguments that are computed at every token, by role.

    `fitting` are the parts that could stand here: no other is proposed.
    """
    place, expr = expr.span, resolve(expr, values)
    function = expr.function if isinstance(expr, Call) else expr
    if not isinstance(function, Name):
        article = "an" if kind[0] in "aeiou" else "a"
        raise problem(report, "E0401", f"{article} {kind} is written by its name", expr.span, "not a name")
    found = find(kind, function.text)
    if found is None:
        raise _no_such_part(kind, function, expr, fitting or names(kind), report)
    check_words(function, names(kind), f"a {kind}" if kind[0] not in "aeiou" else f"an {kind}", place, report)
    args, named = (expr.args, expr.named) if isinstance(expr, Call) else ((), ())
    if found.name == "minimize":
        return found(), {}
    made, streams = Arguments(found, values, report, function.span, fitting).build(args, named)
    return _meant(made, streams, function.span, report) if found.means else (made, streams)


def _meant(
    made: Part, streams: Mapping[str, Expr], span: Span, report: Report
) -> tuple[Part, dict[str, Expr]]:
    """What an own part stands for, its arguments put in. A name in its text is never one of the spec's."""
    given = {name: streams[role] for name, role in made.streams.items() if role in streams}
    uses = Counter(mentioned(parse(made.means)))
    for name, value in given.items():
        if uses[name] > 1:
            message = f"`{name}` of `{made.name}` must be known before the run"
            raise problem(report, "E0407", message, value.span, f"`{made.means}` uses it {uses[name]} times")
    return part(made.kind, stands_for(made, given, span), {}, report)


def _no_such_part(kind: str, name: Name, expr: Expr, fitting: Collection[str], report: Report) -> Stopped:
    """With what it is called here, arguments included, so that one change is enough."""
    meant = elsewhere.PARTS.get(name.text)
    if meant is None and len(fitting) > 1:
        return unknown(report, "E0401", kind, name.text, fitting, name.span)
    if meant not in fitting:
        meant = next(iter(fitting)) if len(fitting) == 1 else None
    found = find(kind, meant) if meant else None
    title = f"unknown {kind} `{shown(name.text)}`"
    if found is None:
        listed = ", ".join(f"`{word}`" for word in sorted(fitting))
        return problem(
            report, "E0401", title, name.span, "nothing here has this name", notes=[f"{listed} belongs here"]
        )
    fields = found.model_fields
    takes = f"({', '.join(fields)})" if fields else ""
    label = f"`{found.name}{takes}` belongs here"
    text = elsewhere.translated(found.name, expr, fields)
    same = name.text in elsewhere.PARTS or same_word(name.text, found.name)
    fix = Fix(f"write `{text}`", expr.span, text) if text and same else None
    return problem(report, "E0401", title, name.span, label, fix=fix)


@dataclass
class Arguments:
    """The arguments of one use of a part; `span` is the part's name."""

    found: type[Part]
    values: Mapping[str, Constant]
    report: Report
    span: Span
    fitting: Collection[str] = ()
    """Parts that could stand in an argument that is a part."""

    def build(
        self,
        args: tuple[Expr, ...],
        named: tuple[tuple[str, Expr], ...],
        defaults: Mapping[str, Any] | None = None,
    ) -> tuple[Part, dict[str, Expr]]:
        """Arguments by position and by name, as the part's own model validates them."""
        before = len(self.report.diagnostics)
        given = self.sort(args, named)
        known: dict[str, Any] = dict(defaults or {})
        streams: dict[str, Expr] = {}
        for name, value in given.items():
            if kind := self.found.part_at(name):
                known[name], inner = part(kind.kind, value, self.values, self.report, self.fitting)
                streams |= inner
                continue
            constant = self.constant(name, value)
            if constant is not None:
                known[name] = constant
            elif name in self.found.streams:
                streams[self.found.streams[name]] = value
                known[name] = self.found.streams[name]
            else:
                self.unsettled(name, value)
        if len(self.report.diagnostics) > before:
            raise Stopped(self.found.name)
        try:
            return self.found(**known), streams
        except ValidationError as wrong:
            raise Refusal(self.found, given, self.report, self.span).say(wrong) from None

    def unsettled(self, name: str, value: Expr) -> None:
        """What stands there is no constant; words of other languages for yes and no are."""
        truth = self.found.model_fields[name].annotation is bool
        meant = TRUTHS.get(value.text.lower()) if truth and isinstance(value, Name) else None
        fix = Fix(f"write `{meant}`", value.span, meant) if meant else None
        label = "`true` or `false` belongs here" if truth else said(value, self.values)
        message = f"`{name}` of `{self.found.name}` must be known before the run"
        problem(self.report, "E0407", message, value.span, label, fix=fix)

    def sort(self, args: tuple[Expr, ...], named: tuple[tuple[str, Expr], ...]) -> dict[str, Expr]:
        """Each argument under its name; unknown, doubled and too many are said here."""
        fields = list(self.found.model_fields)
        given = dict(zip(fields, args, strict=False))
        if len(args) > len(fields):
            takes = f"it takes {', '.join(f'`{name}`' for name in fields)}" if fields else "it takes none"
            place = args[len(fields)].span
            problem(self.report, "E0403", f"`{self.found.name}` takes fewer arguments", place, takes)
        for name, value in named:
            place = name_span(name, value)
            if name not in fields:
                meant = elsewhere.argument(name, fields)
                what = f"argument of `{self.found.name}`"
                unknown(self.report, "E0403", what, name, fields, place, meant=meant)
            elif name in given:
                doubled(self.report, f"`{name}` is given twice", place, given[name].span)
            else:
                given[name] = value
        return given

    def constant(self, name: str, value: Expr) -> Any:
        """The number, truth or option word; None for what is computed at every token."""
        words = option_words(self.found, name)
        place, value = value.span, resolve(value, self.values)
        if words:
            check_words(value, words, f"`{name}` of `{self.found.name}`", place, self.report)
        if not isinstance(value, Name):
            return evaluate(value, self.values)
        if value.text in WORDS:
            return WORDS[value.text]
        number = evaluate(value, self.values)
        return value.text if value.text in words or (words and number is None) else number


def name_span(name: str, value: Expr) -> Span:
    """The name of a named argument stands before its value."""
    source = value.span.source
    start = source.text.rfind(name, 0, value.span.start)
    return Span(source, start, start + len(name)) if start >= 0 else value.span


def option_words(found: type[Part], name: str) -> tuple[str, ...]:
    """The option words that an argument of a part may be."""
    return _words(found.model_fields[name].annotation)


def _words(annotation: Any) -> tuple[str, ...]:
    """The option words that an annotation allows."""
    if get_origin(annotation) is Literal:
        return tuple(word for word in get_args(annotation) if isinstance(word, str))
    return tuple(word for inner in get_args(annotation) for word in _words(inner))
