"""The domains of params: that they hold something, and that the value is in them."""

from __future__ import annotations

from collections.abc import Mapping

from nlc.check.evaluation import Constant, evaluate, said
from nlc.check.problem import problem
from nlc.report import Label, Report
from nlc.spec.expr import Call, Expr, Name
from nlc.spec.file import Choices, Domain, Param, Range
from nlc.write.expr import print_expr

Values = Mapping[str, Constant]
WAYS = "a domain is a set, a range of whole numbers, or `log(low, high)`"


def understood(domain: Domain, values: Values, report: Report) -> bool:
    """Whether the domain means something; E0409 says what is wrong with it."""
    before = len(report.errors)
    match domain:
        case Range(low=low, high=high):
            _range(low, high, values, report)
        case Choices(items=items):
            _choices(items, values, report)
        case Call():
            _log(domain, values, report)
    return len(report.errors) == before


def check_inside(item: Param, given: Expr, number: float | None, values: Values, report: Report) -> None:
    """E0408 where the value is none of the domain's."""
    assert item.domain
    if _inside(number, given, item.domain, values):
        return
    word = print_expr(given) if number is None else str(number)
    label = f"`{word}` is not in it"
    if isinstance(item.domain, Range) and isinstance(number, float):
        label = f"`{word}` is no whole number, and a range holds only these"
    also = [Label(item.domain.span, "the domain")]
    problem(report, "E0408", f"`{item.name}` is outside its domain", given.span, label, also=also)


def _inside(number: float | None, given: Expr, domain: Domain, values: Values) -> bool:
    if isinstance(domain, Choices):
        words = given in domain.items
        return words or (number is not None and number in [evaluate(item, values) for item in domain.items])
    ends = (domain.low, domain.high) if isinstance(domain, Range) else domain.args
    low, high = (evaluate(end, values) for end in ends)
    if number is None or low is None or high is None:
        return False
    return low <= number <= high and (isinstance(number, int) or not isinstance(domain, Range))


def _range(low: Expr, high: Expr, values: Values, report: Report) -> None:
    ends = [evaluate(end, values) for end in (low, high)]
    for end, number in zip((low, high), ends, strict=True):
        if not isinstance(number, int):
            notes = [WAYS] if isinstance(number, float) else []
            message = "a range runs between whole numbers"
            problem(report, "E0409", message, end.span, said(end, values), notes=notes)
            return
    first, last = ends
    assert first is not None and last is not None
    if first > last:
        span, label = low.span.to(high.span), f"{first} is more than {last}"
        problem(report, "E0409", "this range holds nothing", span, label)


def _log(call: Call, values: Values, report: Report) -> None:
    name = call.function.text if isinstance(call.function, Name) else ""
    if name != "log" or len(call.args) != 2 or call.named:
        label = "write `log(low, high)`"
        problem(report, "E0409", "this is no domain", call.span, label, notes=[] if name == "log" else [WAYS])
        return
    low, high = (evaluate(arg, values) for arg in call.args)
    for arg, number in zip(call.args, (low, high), strict=True):
        if number is None or number <= 0:
            message = "a logarithm needs numbers above zero"
            problem(report, "E0409", message, arg.span, said(arg, values))
            return
    assert low is not None and high is not None
    if low > high:
        label = f"{low} is more than {high}"
        problem(report, "E0409", "this range holds nothing", call.span, label)


def _choices(items: tuple[Expr, ...], values: Values, report: Report) -> None:
    seen: dict[object, Expr] = {}
    for item in items:
        number = evaluate(item, values)
        first = seen.setdefault(item if number is None else number, item)
        if first is not item:
            label, also = "a second time here", [Label(first.span, "first here")]
            message = f"`{print_expr(item)}` stands twice in this set"
            problem(report, "E0409", message, item.span, label, also=also)
