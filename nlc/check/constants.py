"""Sizes and choices: the dims and params of one file, with the settings of this run put in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nlc.check.domains import check_inside, understood
from nlc.check.evaluation import Chosen, Constant, broken, evaluate, follow, said
from nlc.check.problem import Stopped, doubled, problem
from nlc.report import Report
from nlc.spec.expr import Call, Expr, Name, walk
from nlc.spec.file import Choices, Dim, File, Param

LENGTH = "T"
"""The free length of a sequence: `dim T` says what plans assume, and no body may use it."""


@dataclass(frozen=True)
class Constants:
    """The names of one file that stand for constants; `length` is `dim T`, or 0."""

    values: dict[str, Constant]
    length: int = 0
    places: dict[str, Dim | Param] = field(default_factory=dict[str, Dim | Param])


def constants(file: File, settings: Mapping[str, Expr], report: Report) -> Constants:
    """Dims and params in the order of the text; each may use those before it."""
    values: dict[str, Constant] = {}
    places: dict[str, Dim | Param] = {}
    later = {item.name for item in (*file.dims(), *file.params())}
    for item in (*file.dims(), *file.params()):
        if item.name in places:
            doubled(report, f"`{item.name}` is bound twice", item.span, places[item.name].span)
            continue
        places[item.name] = item
        given = settings.get(item.name, item.value)
        try:
            values[item.name] = _bound(item, given, values, later, report)
        except Stopped:
            values[item.name] = 1
        later.discard(item.name)
    length = values.pop(LENGTH, 0)
    return Constants(values, length if isinstance(length, int) else 0, places)


def _bound(
    item: Dim | Param, given: Expr, values: Mapping[str, Constant], later: set[str], report: Report
) -> Constant:
    number = evaluate(given, values)
    if number is None:
        _refuse_later(item, given, later, report)
    if isinstance(item, Dim):
        return _size(item, given, number, values, report)
    if number is None and (wrong := broken(given, values)):
        raise problem(report, "E0407", "these numbers have no result", wrong[0].span, wrong[1])
    if number is None and not isinstance(given, Name | Call):
        label = "a number, a part or a word belongs here"
        raise problem(report, "E0407", f"`{item.name}` is no constant", given.span, label)
    if item.domain and understood(item.domain, values, report):
        check_inside(item, given, number, values, report)
    if isinstance(given, Name):
        found = follow(given, values, words=True)
        if isinstance(found, Name) and isinstance(item.domain, Choices):
            return Chosen(found.text, item.domain.items, span=found.span)
        return found
    return given if number is None else number


def _refuse_later(item: Dim | Param, given: Expr, later: set[str], report: Report) -> None:
    """What stands for something stands for what is above it, so nothing stands for itself."""
    if isinstance(item, Param) and isinstance(item.domain, Choices) and isinstance(given, Name):
        later = later & {item.name}  # a word of the domain may be a name of something else too
    for node in walk(given):
        if isinstance(node, Name) and node.text in later:
            own = node.text == item.name
            why = "a name cannot stand for itself" if own else "it is bound further down"
            raise problem(report, "E0404", f"`{node.text}` has no value yet", node.span, why)


def _size(
    item: Dim, given: Expr, number: float | None, values: Mapping[str, Constant], report: Report
) -> int:
    if isinstance(number, int) and number > 0:
        return number
    note = "a number of another kind is a `param`" if isinstance(number, float) else None
    label = said(given, values)
    message = f"dim `{item.name}` must be a positive whole number"
    raise problem(report, "E0407", message, given.span, label, notes=[note] if note else [])
