"""The labels of a family: one memory for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nlc.check.evaluation import Constant, evaluate, said
from nlc.check.lines import Allowance
from nlc.check.problem import doubled, problem
from nlc.report import Report
from nlc.spec.expr import Expr, Name
from nlc.spec.file import Family, Range


def labels(
    family: Family, values: Mapping[str, Constant], report: Report, allowance: Allowance
) -> list[tuple[str, Constant]]:
    """Each label's text, and what the family's own name stands for in that member."""
    out: dict[str, Constant] = {}
    for label in family.labels:
        for text, bound in _of(label, values, report, allowance):
            if text in out:
                raise doubled(report, f"label `{text}` stands twice", label.span, None, "labels name members")
            out[text] = bound
    return list(out.items())


def _of(
    label: Expr | Range, values: Mapping[str, Constant], report: Report, allowance: Allowance
) -> Iterator[tuple[str, Constant]]:
    if isinstance(label, Range):
        low, high = (evaluate(end, values) for end in (label.low, label.high))
        if not isinstance(low, int) or not isinstance(high, int) or low < 0 or high < low:
            message = "a range of labels goes up from one whole number to another"
            known = low is not None and high is not None
            shown = (
                f"this is {low}..{high}" if known else said(label.low if low is None else label.high, values)
            )
            raise problem(report, "E0407", message, label.span, shown)
        if high - low >= allowance.left:
            allowance.spend(report, label.span, high - low + 1)
        yield from ((str(number), number) for number in range(low, high + 1))
        return
    number = evaluate(label, values)
    if number is None and isinstance(label, Name):
        yield label.text, label
    elif isinstance(number, int) and number >= 0:
        yield str(number), number
    else:
        raise problem(report, "E0407", "a label is a name or a whole number", label.span, f"this is {number}")
