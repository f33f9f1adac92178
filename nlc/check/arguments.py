"""From a call in the text to a part with validated arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin

from pydantic import ValidationError

from nlc.check.constants import Constant, evaluate
from nlc.check.problem import problem, unknown
from nlc.parts.part import Part
from nlc.parts.registry import find, names
from nlc.report import Report
from nlc.source import Span
from nlc.spec.expr import Call, Expr, Name

WORDS = {"true": True, "false": False}


def resolve(expr: Expr, values: Mapping[str, Constant]) -> Expr:
    """Put in what a param stands for, when it stands for a part, a block or a word."""
    seen: set[str] = set()
    while isinstance(expr, Name) and expr.text not in seen:
        seen.add(expr.text)
        found = values.get(expr.text)
        if found is None or isinstance(found, int | float):
            return expr
        expr = found
    if isinstance(expr, Call) and isinstance(expr.function, Name):
        function = resolve(expr.function, values)
        if function is not expr.function:
            return Call(function, expr.args, expr.named, span=expr.span)
    return expr


def part(
    kind: str, expr: Expr, values: Mapping[str, Constant], report: Report
) -> tuple[Part, dict[str, Expr]]:
    """The part of that kind, and the arguments that are computed at every token, by role."""
    expr = resolve(expr, values)
    function = expr.function if isinstance(expr, Call) else expr
    if not isinstance(function, Name):
        raise problem(report, "E0401", f"an {kind} is written by its name", expr.span, "not a name")
    found = find(kind, function.text)
    if found is None:
        raise _unknown_part(kind, function, report)
    args, named = (expr.args, expr.named) if isinstance(expr, Call) else ((), ())
    if found.name == "minimize":
        return found(), {}
    return build(found, args, named, values, report, function.span)


def _unknown_part(kind: str, function: Name, report: Report) -> Exception:
    meant = {"linear": "matrix", "attention": "cache", "mse": "l2", "adam": "adamw"}.get(function.text)
    known = names(kind)
    notes = [f"`{meant}` is what this is called here"] if meant in known else []
    return unknown(report, "E0401", kind, function.text, known, function.span, *notes)


def build(
    found: type[Part],
    args: tuple[Expr, ...],
    named: tuple[tuple[str, Expr], ...],
    values: Mapping[str, Constant],
    report: Report,
    span: Span,
    defaults: Mapping[str, Any] | None = None,
) -> tuple[Part, dict[str, Expr]]:
    """Arguments by position and by name, as the part's own model validates them."""
    fields = list(found.model_fields)
    given: dict[str, Expr] = {}
    if len(args) > len(fields):
        extra = args[len(fields)]
        takes = ", ".join(fields) or "no arguments"
        raise problem(
            report, "E0403", f"`{found.name}` takes fewer arguments", extra.span, f"it takes {takes}"
        )
    given.update(zip(fields, args, strict=False))
    for name, value in named:
        if name not in fields:
            raise unknown(
                report, "E0403", f"argument of `{found.name}`", name, fields, _named_span(name, value)
            )
        if name in given:
            raise problem(report, "E0406", f"`{name}` is given twice", value.span, "given again")
        given[name] = value
    known: dict[str, Any] = dict(defaults or {})
    streams: dict[str, Expr] = {}
    for name, value in given.items():
        constant = _constant(value, found.model_fields[name].annotation, values)
        if constant is None and name in found.streams:
            streams[found.streams[name]] = value
            known[name] = found.streams[name]
        elif constant is None:
            raise problem(
                report,
                "E0407",
                f"`{name}` of `{found.name}` must be known before the run",
                value.span,
                "not a constant",
            )
        else:
            known[name] = constant
    try:
        return found(**known), streams
    except ValidationError as wrong:
        raise _invalid(found, wrong, given, report, span) from None


def _named_span(name: str, value: Expr) -> Span:
    """The name of a named argument stands before its value."""
    source = value.span.source
    start = source.text.rfind(name, 0, value.span.start)
    return Span(source, start, start + len(name)) if start >= 0 else value.span


def _constant(expr: Expr, annotation: Any, values: Mapping[str, Constant]) -> Any:
    expr = resolve(expr, values)
    if isinstance(expr, Name):
        if expr.text in WORDS:
            return WORDS[expr.text]
        if expr.text in _words(annotation):
            return expr.text
        number = evaluate(expr, values)
        return expr.text if number is None and _words(annotation) else number
    return evaluate(expr, values)


def _words(annotation: Any) -> tuple[str, ...]:
    """The option words that an annotation allows."""
    if get_origin(annotation) is Literal:
        return tuple(word for word in get_args(annotation) if isinstance(word, str))
    return tuple(word for inner in get_args(annotation) for word in _words(inner))


def _invalid(
    found: type[Part], wrong: ValidationError, given: Mapping[str, Expr], report: Report, span: Span
) -> Exception:
    first = wrong.errors()[0]
    name = str(first["loc"][0]) if first["loc"] else ""
    if first["type"] == "missing":
        return problem(
            report,
            "E0405",
            f"`{found.name}` needs `{name}`",
            span,
            f"add `{name}=…`",
        )
    place = given[name].span if name in given else span
    return problem(
        report, "E0407", f"`{name}` of `{found.name}` has no such value", place, first["msg"].lower()
    )
