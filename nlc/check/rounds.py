"""Numbers made of a block's `layer` have a result in every round of a `repeat`."""

from __future__ import annotations

from nlc.check.evaluation import applied, calculate
from nlc.check.lines import SIGNS
from nlc.check.problem import problem
from nlc.ir.numbers import numbers
from nlc.ir.system import Block, Value
from nlc.report import Label, Report
from nlc.source import Span

MOST = 100_000
"""Numbers that are worked out at most, in the first rounds."""


def check_rounds(block: Block, count: int, place: Span, report: Report) -> None:
    """E0407 for a division by zero, the logarithm of zero and their like, in the first round that has one."""
    known = numbers(block.values)
    if not any(block.values[i].op == "layer" for i in known):
        return
    of_numbers = [v for v in block.values if v.index in known or (v.op == "div" and v.args[1] in known)]
    for layer in range(min(count, MOST // len(of_numbers))):
        found: dict[int, float] = {}
        for value in of_numbers:
            result = _result(value, found, layer)
            if result is None:
                message = f"this has no result in round {layer} of {count}"
                label = "`layer` counts from 0"
                raise problem(
                    report, "E0407", message, value.span, label, also=[Label(place, "repeated here")]
                )
            found[value.index] = result


def _result(value: Value, found: dict[int, float], layer: int) -> float | None:
    if value.op == "layer":
        return layer
    if value.op == "number":
        return float(value.attributes["value"])
    if value.op == "div" and value.args[0] not in found:  # a stream by a number
        return found[value.args[1]] or None
    given = [found[arg] for arg in value.args]
    if value.op == "neg":
        return -given[0]
    if value.op in SIGNS:
        return calculate(SIGNS[value.op], *given)
    return applied(value.op, given[0])
