"""Combinations that have no meaning, and warnings about what cannot be meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlc.check.problem import problem
from nlc.ir.system import Block, Memory
from nlc.report import Report
from nlc.source import Span

if TYPE_CHECKING:
    from nlc.check.model import Made


def lint(made: Made, report: Report) -> None:
    """Look at every memory of every block."""
    for block in made.blocks:
        for memory in block.memories:
            _combination(memory, report)
            _uses(block, memory, report)


def _place(memory: Memory, field: str) -> Span:
    found = memory.form.get(field)
    return found.value.span if found else memory.span


def _combination(m: Memory, report: Report) -> None:
    def refuse(field: str, message: str, label: str) -> None:
        problem(report, "E0415", message, _place(m, field), label)

    cache, closed = m.structure.holds == "cache", m.optimizer.name == "closed_form"
    if m.objective.name == "next_token":
        refuse(
            "objective",
            "`next_token` is a model's objective",
            "write `task` for what the model's objective drives",
        )
    elif cache != (m.objective.name == "softmax") or cache != closed:
        refuse(
            "structure",
            "a `cache` goes with `softmax` and `closed_form`, and they with it",
            "these do not go together",
        )
    elif m.is_task:
        _task(m, report)
    elif m.optimizer.name in ("outer", "adamw"):
        refuse(
            "optimizer",
            f"`{m.objective.name}` is written by an optimizer of its own",
            "write `sgd(lr=…)` or another",
        )
    elif getattr(m.retention, "axis", None) and (m.structure.holds != "matrix" or m.optimizer.name != "sgd"):
        refuse("retention", "a fraction for each channel is for matrices written by `sgd`", "drop `axis`")
    elif getattr(m.retention, "axis", None) and getattr(m.retention, "to", "zero") != "zero":
        refuse("retention", "a fraction for each channel goes towards zero", "drop `to`")
    elif getattr(m.retention, "first", False) and (
        not m.anchor.is_every_token or m.erase is not None or m.beta is not None
    ):
        refuse(
            "retention",
            "`first` needs `anchor: every token` and plain `sgd`",
            "the gradient is taken elsewhere",
        )
    elif m.structure.holds == "mlp" and m.init.name == "zeros" and len(m.sizes) > 2:
        refuse("structure", "a network of zeros never learns: its gradient is zero", "write `init: learned`")


def _task(m: Memory, report: Report) -> None:
    allowed = ("outer", "adamw") if m.update.unit == "step" else ("sgd", "momentum")
    if m.optimizer.name not in allowed:
        problem(
            report,
            "E0415",
            f"a task memory updated `{m.update}` takes {' or '.join(allowed)}",
            _place(m, "optimizer"),
            f"`{m.optimizer.name}` does not drive it",
        )
    elif any(isinstance(operand, str) for operand in (m.rate, m.beta, m.keep)):
        problem(
            report,
            "E0415",
            "a task memory's rates are numbers",
            _place(m, "optimizer"),
            "computed at every token",
        )


def _uses(block: Block, m: Memory, report: Report) -> None:
    if m.is_task:
        return
    verbs = {value.op for value in block.values if value.target == m.name}
    if "write" not in verbs and "apply" not in verbs:
        problem(report, "W0401", f"`{m.name}` is never written", m.span, f"add `{m.name}.write(…)`")
    if "read" not in verbs and "apply" not in verbs:
        problem(report, "W0402", f"`{m.name}` is never read", m.span, f"add `{m.name}.read(…)`")
