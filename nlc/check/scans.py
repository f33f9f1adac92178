"""`scan: 64 tokens`: in such a block `m.read(x)` asks the state at the segment's start."""

from __future__ import annotations

from collections.abc import Mapping

from nlc.check.combinations import place
from nlc.check.evaluation import Constant, evaluate, said
from nlc.check.problem import MOST, problem
from nlc.check.times import LONGEST, too_long
from nlc.ir.system import Block, Memory
from nlc.report import Fix, Label, Report
from nlc.spec.expr import Number
from nlc.spec.file import Field
from nlc.spec.time import Every, Quantity, Renewed


def scan_of(entry: Field, values: Mapping[str, Constant], report: Report) -> int:
    """The tokens of a segment."""
    value = entry.value
    if not isinstance(value, Quantity):
        text = None
        if isinstance(value, Every) and value.count is not None:
            text = f"{value.count.span.text} tokens"
        elif isinstance(value, Number):
            text = f"{value.span.text} tokens"
        fix = Fix(f"write `{text}`", value.span, text) if text else None
        label = "a segment is written `64 tokens`"
        raise problem(report, "E0201", "`scan` is a length of time", value.span, label, fix=fix)
    if value.unit != "token":
        message = "a segment is counted in tokens"
        raise problem(report, "E0202", message, value.span, "write a number of tokens")
    count = evaluate(value.count, values)
    if not isinstance(count, int) or not 0 < count <= LONGEST:
        shown = too_long(count) or said(value.count, values)
        raise problem(report, "E0201", "a segment is a positive whole number", value.count.span, shown)
    return count


def check_scan(block: Block, report: Report) -> None:
    """What is read at a segment's start has landed there; a `scan` that no memory is read by says nothing."""
    field = block.form.get("scan")
    if field is None or not block.scan:
        return
    read = [m for m in block.memories if not m.is_task and "read" in _verbs(block, m)]
    for memory in read:
        if memory.structure.holds == "cache" and "apply" in _verbs(block, memory):
            message = f"`{memory.name}` is read as it is and as it was at the segment's start"
            label = "both reads of one `cache` are not built yet"
            problem(
                report, "E0419", message, field.value.span, label, also=[Label(memory.span, "this cache")]
            )
        elif block.scan % memory.update.count:
            _between(block, memory, field, report)
    if not read and not report.errors and len(report.diagnostics) < MOST:
        message, label = "`scan` changes nothing here", "no memory of this block is asked by `.read`"
        note = "only `m.read(x)` sees the segment's start: `m(x)` reads token by token"
        if any(m.is_task and "read" in _verbs(block, m) for m in block.memories):
            label, note = "only memories of the task are asked by `.read`", "these are as they last landed"
        held = field.value
        assert not isinstance(held, Renewed)
        problem(report, "W0405", message, held.span, label, notes=[note])


def _verbs(block: Block, memory: Memory) -> set[str]:
    return {value.op for value in block.values if value.target == memory.name and value.op != "call"}


def _between(block: Block, memory: Memory, field: Field, report: Report) -> None:
    update = memory.update.count
    near = sorted({max(block.scan // update, 1) * update, (block.scan // update + 1) * update})
    problem(
        report,
        "E0208",
        f"segments of {block.scan} tokens and `{memory.name}`, {memory.update}, do not fall together",
        field.value.span,
        f"{block.scan} is no multiple of {update}",
        also=[Label(place(memory, "update"), f"`{memory.name}` lands here")],
        notes=[f"multiples of {update} near {block.scan} are {' and '.join(map(str, near))}"],
    )
