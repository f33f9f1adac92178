"""Sizes and choices: the dims and params of one file, with the settings of this run put in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from math import isfinite

from nlc.check.problem import Stopped, doubled, problem, unknown
from nlc.report import Label, Report
from nlc.spec.expr import Binary, Call, Expr, Name, Negative, Number, Pipe, walk
from nlc.spec.file import Choices, Dim, Domain, File, Param, Range
from nlc.write.expr import print_expr

Constant = int | float | Expr
"""A number, or an expression that stands for a part, a block or an option word."""

LENGTH = "T"
"""The free length of a sequence: `dim T` says what plans assume, and no body may use it."""


@dataclass(frozen=True)
class Constants:
    """The names of one file that stand for constants; `length` is `dim T`, or 0."""

    values: dict[str, Constant]
    length: int = 0
    places: dict[str, Dim | Param] = field(default_factory=dict[str, Dim | Param])


def evaluate(expr: Expr, values: Mapping[str, Constant]) -> int | float | None:
    """The number that an expression of constants stands for; None if it is not one."""
    match expr:
        case Number(value=value):
            return value
        case Name():
            found = _follow(expr, values)
            return found if isinstance(found, int | float) else None
        case Negative(value=inner):
            number = evaluate(inner, values)
            return None if number is None else -number
        case Binary():
            left, right = evaluate(expr.left, values), evaluate(expr.right, values)
            return None if left is None or right is None else calculate(expr.operator, left, right)
        case _:
            return None


def calculate(operator: str, left: float, right: float) -> int | float | None:
    """Arithmetic of two numbers; None where it divides by zero or grows out of every measure."""
    if operator == "/":
        if right == 0:
            return None
        whole = isinstance(left, int) and isinstance(right, int) and left % right == 0
        result = left // right if whole else left / right
    else:
        result = {"+": left + right, "-": left - right, "*": left * right}[operator]
    if isinstance(result, int):
        return result if abs(result) < 2**63 else None
    return result if isfinite(result) else None


def resolve(expr: Expr, values: Mapping[str, Constant]) -> Expr:
    """Put in what a param stands for, when it stands for a part, a block or a word."""
    if isinstance(expr, Name):
        found = _follow(expr, values, words=True)
        expr = expr if isinstance(found, int | float) else found
    if isinstance(expr, Call) and isinstance(expr.function, Name):
        function = resolve(expr.function, values)
        if function is not expr.function:
            return Call(function, expr.args, expr.named, span=expr.span)
    return expr


def _follow(name: Name, values: Mapping[str, Constant], words: bool = False) -> Constant:
    """What a name stands for, through the names that it stands for; itself if for nothing.

    A word that is also a size (`param erase = layers` beside `dim layers`) stays a word for those
    who look for `words`.
    """
    seen: set[str] = set()
    found: Constant = name
    while isinstance(found, Name) and found.text in values and found.text not in seen:
        seen.add(found.text)
        step = values[found.text]
        if isinstance(step, int | float) and words:
            return found
        found = step
    return found


def substitute(expr: Expr, values: Mapping[str, Constant]) -> Expr:
    """The expression with numbers in place of the names that stand for them."""
    number = evaluate(expr, values)
    if number is not None:
        return expr if isinstance(expr, Number) else Number(number, span=expr.span)

    def again(inner: Expr) -> Expr:
        return substitute(inner, values)

    match expr:
        case Call(args=args, named=named):
            kept = tuple((name, again(value)) for name, value in named)
            return replace(expr, args=tuple(map(again, args)), named=kept)
        case Binary(left=left, right=right):
            return replace(expr, left=again(left), right=again(right))
        case Negative(value=value):
            return replace(expr, value=again(value))
        case Pipe(value=value, stage=stage):
            return replace(expr, value=again(value), stage=again(stage))
        case _:
            return expr


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
        return _size(item, given, number, report)
    if number is None and not isinstance(given, Name | Call):
        raise problem(
            report,
            "E0407",
            f"`{item.name}` is no constant",
            given.span,
            "a number, a part or a word stands here",
        )
    if item.domain and not _inside(number, given, item.domain, values):
        word = print_expr(given) if number is None else str(number)
        also = [Label(item.domain.span, "the domain")]
        message = f"`{item.name}` is outside its domain"
        problem(report, "E0408", message, given.span, f"`{word}` is not in it", also=also)
    if isinstance(given, Name):
        return _follow(given, values, words=True)
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


def _size(item: Dim, given: Expr, number: float | None, report: Report) -> int:
    if isinstance(number, int) and number > 0:
        return number
    note = "a number of another kind is a `param`"
    label = "not a number known here" if number is None else f"this is {number}"
    message = f"dim `{item.name}` must be a positive whole number"
    raise problem(report, "E0407", message, given.span, label, notes=[note])


def _inside(number: float | None, given: Expr, domain: Domain, values: Mapping[str, Constant]) -> bool:
    if isinstance(domain, Choices):
        words = given in domain.items
        return words or (number is not None and number in [evaluate(item, values) for item in domain.items])
    ends = (domain.low, domain.high) if isinstance(domain, Range) else domain.args
    if number is None or len(ends) != 2:
        return False
    low, high = (evaluate(end, values) for end in ends)
    if low is None or high is None or (isinstance(domain, Range) and not isinstance(number, int)):
        return False
    return low <= number <= high


def size(expr: Expr, values: Mapping[str, Constant], report: Report, what: Callable[[], str]) -> int:
    """A positive whole number, or a diagnostic."""
    number = evaluate(expr, values)
    if isinstance(number, int) and number > 0:
        return number
    if number is None and isinstance(expr, Name):
        raise unknown(report, "E0404", "size", expr.text, values, expr.span)
    shown = "not a number known here" if number is None else f"this is {number}"
    raise problem(report, "E0407", f"{what()} must be a positive whole number", expr.span, shown)
