"""The order of a written shape: tokens first, and no axis for the sequences of a batch."""

from __future__ import annotations

from nlc.check.constants import LENGTH
from nlc.check.problem import problem
from nlc.report import Fix, Report
from nlc.source import Span
from nlc.spec.expr import Expr, Name
from nlc.spec.file import Form

BATCH = frozenset(("b", "n", "bs", "batch", "batch_size"))
"""How a batch axis is called elsewhere, in small letters."""


def check_axes(form: Form, report: Report) -> None:
    """Refuse what stands before `T` in the shapes of a form's inputs."""
    for item in form.inputs:
        sizes = list(item.shape or ())
        at = next((index for index, size in enumerate(sizes) if _named(size) == LENGTH), 0)
        if not at:
            continue
        before, after = sizes[:at], sizes[at + 1 :]
        span = before[0].span.to(sizes[at].span)
        batch = bool(after) or form.kind == "model" or _named(before[0]).lower() in BATCH
        if batch and len(before) == 1:
            _batch(form, before[0], span, report)
        else:
            comma = ", " if "," in span.text else " "
            text = comma.join(size.span.text for size in (sizes[at], *before))
            fix = Fix(f"write `[{comma.join([text, *(size.span.text for size in after)])}]`", span, text)
            label = "a shape is what stands at each of `T` tokens"
            problem(report, "E0301", f"`{LENGTH}` comes first in a shape", span, label, fix=fix)


def _batch(form: Form, size: Expr, span: Span, report: Report) -> None:
    wanted = "[T]" if form.kind == "model" else "[T d]"
    message = f"a batch axis is never written: `{wanted}` is one sequence"
    label = "sequences of a batch do not see each other"
    fix = Fix(f"leave `{size.span.text}` out", span, LENGTH)
    problem(report, "E0301", message, size.span, label, fix=fix)


def _named(size: Expr) -> str:
    return size.text if isinstance(size, Name) else ""
