"""Sizes and choices: the dims and params of one file, with the settings of this run put in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nlc.check.problem import Stopped, problem, unknown
from nlc.report import Fix, Label, Report
from nlc.spec.expr import Binary, Call, Expr, Name, Negative, Number
from nlc.spec.file import Choices, Dim, Domain, File, Param, Range

Constant = int | float | Expr
"""A number, or an expression that stands for a part, a block or an option word."""


@dataclass(frozen=True)
class Constants:
    """The names of one file that stand for constants."""

    values: dict[str, Constant]
    places: dict[str, Dim | Param] = field(default_factory=dict[str, Dim | Param])


def evaluate(expr: Expr, values: Mapping[str, Constant]) -> int | float | None:
    """The number that an expression of constants stands for; None if it is not one."""
    match expr:
        case Number(value=value):
            return value
        case Name(text=text):
            found = values.get(text)
            if isinstance(found, int | float):
                return found
            return None if found is None or found == expr else evaluate(found, values)
        case Negative(value=inner):
            number = evaluate(inner, values)
            return None if number is None else -number
        case Binary():
            return _binary(expr, values)
        case _:
            return None


def _binary(expr: Binary, values: Mapping[str, Constant]) -> int | float | None:
    left, right = evaluate(expr.left, values), evaluate(expr.right, values)
    if left is None or right is None:
        return None
    if expr.operator == "/":
        if right == 0:
            return None
        exact = isinstance(left, int) and isinstance(right, int) and left % right == 0
        return left // right if exact else left / right
    result = {"+": left + right, "-": left - right, "*": left * right}[expr.operator]
    return result if abs(result) < 2**63 else float("inf")


def constants(file: File, settings: Mapping[str, Expr], report: Report) -> Constants:
    """Dims and params in the order of the text; each may use those before it."""
    values: dict[str, Constant] = {}
    places: dict[str, Dim | Param] = {}
    for item in (*file.dims(), *file.params()):
        if item.name in places:
            first = Label(places[item.name].span, "first bound here")
            problem(report, "E0406", f"`{item.name}` is bound twice", item.span, "bound again", also=[first])
            continue
        places[item.name] = item
        given = settings.get(item.name, item.value)
        number = evaluate(given, values)
        values[item.name] = number if number is not None else given
        if isinstance(item, Dim):
            _check_dim(item, number, report)
        elif item.domain and not _inside(number, given, item.domain, values):
            problem(
                report,
                "E0408",
                f"`{item.name}` is outside its domain",
                given.span if given.span.end else item.span,
                f"{_show(number, given)} is not in it",
                also=[Label(item.domain.span, "the domain")],
            )
    return Constants(values, places)


def _check_dim(item: Dim, number: int | float | None, report: Report) -> None:
    if not isinstance(number, int) or number <= 0:
        problem(
            report,
            "E0407",
            f"dim `{item.name}` must be a positive integer",
            item.value.span,
            "not a positive integer",
            notes=["a number of another kind is a `param`"],
        )


def _show(number: int | float | None, given: Expr) -> str:
    from nlc.write.expr import print_expr

    return str(number) if number is not None else f"`{print_expr(given)}`"


def _inside(number: int | float | None, given: Expr, domain: Domain, values: Mapping[str, Constant]) -> bool:
    if isinstance(domain, Choices):
        if number is None:
            return given in domain.items
        return number in [evaluate(item, values) for item in domain.items]
    ends = (domain.low, domain.high) if isinstance(domain, Range) else domain.args
    if number is None or len(ends) != 2:
        return False
    low, high = (evaluate(end, values) for end in ends)
    if low is None or high is None or (isinstance(domain, Range) and not isinstance(number, int)):
        return False
    return low <= number <= high


def read_settings(settings: Mapping[str, str], file: File, report: Report) -> dict[str, Expr]:
    """`--set name=value`: names are the main file's dims and params, values are expressions."""
    from nlc.read import read_text
    from nlc.report import SpecError

    known = {item.name: item for item in (*file.dims(), *file.params())}
    out: dict[str, Expr] = {}
    for name, text in settings.items():
        if name not in known:
            unknown(report, "E0409", "dim or param", name, known, file.span)
            continue
        try:
            out[name] = read_text(f"nl 1\nparam {name} = {text}\n", f"--set {name}").main.params()[0].value
        except SpecError as wrong:
            report.diagnostics.extend(wrong.report.diagnostics)
    return out


def size(expr: Expr, values: Mapping[str, Constant], report: Report, what: str) -> int:
    """A positive integer, or a diagnostic."""
    number = evaluate(expr, values)
    if isinstance(number, int) and number > 0:
        return number
    if number is None and isinstance(expr, Name):
        raise unknown(report, "E0404", "size", expr.text, values, expr.span)
    fix = Fix("write a positive integer", expr.span, "1")
    raise problem(
        report, "E0407", f"{what} must be a positive integer", expr.span, f"this is {number}", fix=fix
    )


__all__ = ["Call", "Constant", "Constants", "Stopped", "constants", "evaluate", "read_settings", "size"]
