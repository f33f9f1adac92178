"""Warnings about what cannot be meant, and the rules that need the whole system."""

from __future__ import annotations

from nlc.check.anchors import check_anchor
from nlc.check.combinations import place
from nlc.check.model import Made
from nlc.check.problem import MOST, problem
from nlc.check.scans import check_scan
from nlc.ir.system import Block, Memory
from nlc.report import Report


def lint(made: Made, length: int, report: Report) -> None:
    """Look at every memory of every block; what is meant is known only where all is understood."""
    for block in made.blocks:
        with report.asked_for(made.sites.get(block.name)):
            _block(block, made, length, report)


def _block(block: Block, made: Made, length: int, report: Report) -> None:
    _shared_levels(block, made, report)
    check_scan(block, report)
    for memory in block.memories:
        _level(made, memory, report)
        if not report.errors and len(report.diagnostics) < MOST:
            _length(memory, length, report)
            _uses(block, memory, report)
            check_anchor(memory, report)


def _level(made: Made, m: Memory, report: Report) -> None:
    """A level is written by the loss of the tokens, and only a model has one."""
    if m.is_task and m.update.unit == "token" and made.form.kind != "model":
        message = f"`{m.form.name}` learns from the model's objective, and there is no model"
        label = "no loss of a token to learn from"
        note = "add a `model` that uses the block; a layer by itself may have `update: every step`"
        problem(report, "E0420", message, place(m, "update"), label, notes=[note])


def _shared_levels(block: Block, made: Made, report: Report) -> None:
    """A block that a memory's field calls runs once for each use of the field; its levels learn once."""
    seen: set[str] = set()
    for value in block.values:
        if value.op == "call" and value.owner in seen and _has_levels(value.target, made):
            message = f"`{value.target}` learns in the sequence, and this field is used more than once"
            problem(report, "E0419", message, value.span, "a level with several uses is not built yet")
        if value.op == "call":
            seen.add(value.owner)


def _has_levels(name: str, made: Made) -> bool:
    block = next(block for block in made.blocks if block.name == name)
    own = any(m.is_task and m.update.unit == "token" for m in block.memories)
    return own or any(_has_levels(inner, made) for inner in set(block.calls.values()))


def _length(m: Memory, length: int, report: Report) -> None:
    """A write that lands where a sequence ends, or later, is seen by none of its tokens."""
    if length and m.update.unit == "token" and m.update.count >= length:
        message = f"`{m.name}` will not be written in a sequence of {length:,} tokens"
        label = f"it lands for the first time after {m.update.count:,}"
        note = "take longer sequences, or carry the state from one to the next"
        problem(report, "W0203", message, place(m, "update"), label, notes=[note])


def _uses(block: Block, m: Memory, report: Report) -> None:
    if m.is_task:
        return
    verbs = {value.op for value in block.values if value.target == m.name and value.op != "call"}
    if "write" not in verbs and "apply" not in verbs:
        problem(report, "W0401", f"`{m.name}` is never written", m.span, f"add `{m.name}.write(…)`")
    if "read" not in verbs and "apply" not in verbs:
        problem(report, "W0402", f"`{m.name}` is never read", m.span, f"add `{m.name}.read(…)`")
