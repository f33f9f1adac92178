"""Combinations of parts that have no meaning, or none that is built yet."""

from __future__ import annotations

from nlc.check.problem import problem
from nlc.ir.system import Memory
from nlc.report import Report
from nlc.source import Span


def check_combination(memory: Memory, report: Report) -> None:
    """At most one diagnostic a memory: the first rule that it breaks."""
    for rule in (_not_built, _cache, _task if memory.is_task else _own, _retention, _start):
        if found := rule(memory):
            field, message, label = found
            code = "E0419" if rule is _not_built else "E0415"
            problem(report, code, message, place(memory, field), label)
            return


Refused = tuple[str, str, str] | None
"""The field that is wrong, the fact, and what to write there."""


def place(memory: Memory, field: str) -> Span:
    """Where a field is written, or else the memory's name."""
    found = memory.form.get(field)
    return found.value.span if found else memory.span


def _not_built(m: Memory) -> Refused:
    if m.structure.holds == "tensor":
        return "structure", "a `tensor` is for optimizer forms", "write `matrix` or `mlp` in a block"
    if getattr(m.optimizer, "batched", False):
        return "optimizer", "a batched write is not built yet for memories of a block", "drop `batched`"
    if m.structure.holds == "cache" and m.init.name == "learned":
        return "init", "learned tokens in a `cache` are not built yet", "drop `init`"
    return None


def _cache(m: Memory) -> Refused:
    cache, softmax = m.structure.holds == "cache", m.objective.name == "softmax"
    closed = m.optimizer.name == "closed_form"
    if m.objective.name == "next_token":
        label = "write `task` for what the model's objective drives"
        return "objective", "`next_token` is a model's objective", label
    message = "a `cache` goes with `softmax` and `closed_form`, and they with it"
    if cache and not softmax:
        return "structure", message, f"write `matrix` or `mlp` for `{m.objective.name}`"
    if softmax and not cache:
        return "objective", message, f"write `l2` or `dot` for `{m.structure.name}`"
    if cache != closed:
        return "optimizer", message, "write `closed_form`" if cache else "write `sgd(lr=…)` or another"
    if cache and not m.update.is_every_token:
        return "update", "a `cache` is written at every token", "write `every token`"
    if cache and m.form.get("retention"):
        return "retention", "a `cache` keeps its pairs as they are", "write `cache(window=…)` to forget"
    return None


def _task(m: Memory) -> Refused:
    steps = m.update.unit == "step"
    allowed = ("outer",) if steps else ("sgd", "momentum")
    if m.heads != 1:
        return "structure", "a task memory has one head", "give it `heads=1`"
    if m.optimizer.name not in allowed:
        message = f"a task memory updated `{m.update}` takes {' or '.join(f'`{name}`' for name in allowed)}"
        return "optimizer", message, f"`{m.optimizer.name}` does not drive it"
    if any(isinstance(operand, str) for operand in (m.rate, m.beta, m.keep)):
        field = "retention" if isinstance(m.keep, str) else "optimizer"
        return field, "the rates of a task memory are numbers", "computed at every token"
    for field in ("keys", "values", "anchor"):
        if m.form.get(field):
            message = f"a task memory is written by the model's objective, so it has no `{field}`"
            return field, message, "leave it out"
    if getattr(m.retention, "to", "zero") == "anchor":
        return "retention", "a level keeps its difference to its learned start", "drop `to`"
    if steps and m.form.get("retention"):
        message = "a memory updated by steps keeps all that it learns"
        return "retention", message, "write `decay` in the model's optimizer"
    return None


def _own(m: Memory) -> Refused:
    if m.optimizer.name in ("outer", "adamw"):
        message = f"`{m.objective.name}` is written by an optimizer of the memory's own"
        return "optimizer", message, "write `sgd(lr=…)` or another"
    return None


def _retention(m: Memory) -> Refused:
    axis, first = getattr(m.retention, "axis", None), getattr(m.retention, "first", False)
    if axis and (m.structure.holds != "matrix" or m.optimizer.name != "sgd"):
        return "retention", "a fraction for each channel is for matrices written by `sgd`", "drop `axis`"
    if axis and getattr(m.retention, "to", "zero") != "zero":
        return "retention", "a fraction for each channel goes towards zero", "drop `to`"
    plain = m.anchor.is_every_token and m.erase is None and m.beta is None
    if first and not plain:
        label = "here it is taken elsewhere"
        return "retention", "`first` needs `anchor: every token` and plain `sgd`", label
    return None


def _start(m: Memory) -> Refused:
    if m.structure.holds == "mlp" and m.init.name == "zeros" and len(m.sizes) > 2:
        label = "write `init: learned`"
        return "init", "a network of zeros never learns: its gradient is zero", label
    return None
