"""Domains of words: each word is checked where its param is used, whichever of them is chosen now."""

from __future__ import annotations

from collections.abc import Collection

from nlc.check.evaluation import Chosen
from nlc.check.problem import problem
from nlc.report import Label, Report
from nlc.source import Span
from nlc.spec.expr import Call, Expr, Name


def check_words(value: Expr, allowed: Collection[str], what: str, place: Span, report: Report) -> None:
    """E0409 for each word of a domain that cannot stand at `place`; `what` may stand there, as `allowed`."""
    if not isinstance(value, Chosen):
        return
    said = {found.label.span for found in report.errors if found.code == "E0409"}
    for item in value.domain:
        name = item.function if isinstance(item, Call) else item
        if not isinstance(name, Name) or name.text in allowed or item.span in said or name == value:
            continue
        listed = [f"`{word}`" for word in sorted(allowed)]
        options = f"{', '.join(listed[:-1])} or {listed[-1]}" if listed[1:] else listed[0]
        also = [Label(place, f"it is used here, as {what}")]
        message = f"`{name.text}` is no value of {what}"
        problem(report, "E0409", message, item.span, f"{options} may stand there", also=also)
