"""Anchors that change nothing: W0201."""

from __future__ import annotations

from nlc.check.combinations import place
from nlc.check.edits import line_out
from nlc.check.losses import PREDICTION
from nlc.check.problem import problem
from nlc.ir.system import Memory
from nlc.parts.meaning import own_loss
from nlc.report import Label, Report
from nlc.spec.expr import Binary, Expr, Name, Negative, walk
from nlc.spec.time import Every


def check_anchor(m: Memory, report: Report) -> None:
    """A warning where the spec gives an anchor and every anchor would give the same."""
    written = m.form.get("anchor")
    why = _why(m) if written else None
    if written and why:
        field, text = why
        also = [Label(place(m, field), text)] if m.form.get(field) else []
        label = "without it all is the same" if also else text
        fix = line_out(written.span, "leave it out")
        message, span = "this anchor changes nothing", written.value.span
        problem(report, "W0201", message, span, label, also=also, fix=fix)


def _why(m: Memory) -> tuple[str, str] | None:
    """The field that makes it idle, and what is to be said there."""
    if m.anchor == m.update:
        return None if _of_label(m) else ("update", "gradients are taken there already")
    if m.optimizer.name == "closed_form":
        return "optimizer", "this takes no gradient"
    if m.structure.holds != "matrix" or getattr(m.retention, "to", "zero") == "anchor":
        return None  # the network, or what is kept, reads the anchor
    loss = m.loss or own_loss(m.objective)
    if loss is not None and _affine(loss):
        return "objective", "its gradient does not read the prediction, so it is the same at every state"
    return None


def _of_label(m: Memory) -> bool:
    """In a family, a period that is made of the label may be equal in one member only."""
    if m.form.family is None:
        return False
    periods = (field.value for name in ("update", "anchor") if (field := m.form.get(name)))
    counts = (every.count for every in periods if isinstance(every, Every) and every.count)
    return any(m.form.family.name in _names(count) for count in counts)


def _affine(loss: Expr) -> bool:
    """Whether a loss is a sum of what reads the prediction at most once: then no gradient reads it."""
    match loss:
        case Binary(operator="+" | "-", left=left, right=right):
            return _affine(left) and _affine(right)
        case Binary(operator="*", left=left, right=right):
            return (_affine(left) and _free(right)) or (_free(left) and _affine(right))
        case Binary(operator="/", left=left, right=right):
            return _affine(left) and _free(right)
        case Negative(value=value):
            return _affine(value)
        case Name():
            return True
        case _:
            return _free(loss)


def _free(expr: Expr) -> bool:
    return PREDICTION not in _names(expr)


def _names(expr: Expr) -> set[str]:
    return {node.text for node in walk(expr) if isinstance(node, Name)}
