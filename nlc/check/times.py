"""Periods: counts put in, units that fit, and the chain of divisors that task periods must form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

from nlc.check.evaluation import Constant, evaluate, said
from nlc.check.problem import Stopped, problem
from nlc.ir.system import Block, Memory
from nlc.report import Fix, Label, Report
from nlc.source import Span
from nlc.spec.expr import Expr, Name, Number
from nlc.spec.time import UNITS, Every, Period, Quantity, Renewed

if TYPE_CHECKING:
    from nlc.check.draft import Draft


LONGEST = 2**31 - 1
"""Tokens or steps that are counted."""


def too_long(count: float | None) -> str:
    """What a message says of a whole number that is too large; nothing of any other."""
    return f"{LONGEST:,} is the most" if isinstance(count, int) and count > LONGEST else ""


def period(every: Every, values: Mapping[str, Constant], report: Report) -> Period:
    """A checked period; `every n tokens` with n known now."""
    count = 1 if every.count is None else evaluate(every.count, values)
    if not isinstance(count, int) or not 0 < count <= LONGEST:
        place = every.count.span if every.count else every.span
        shown = too_long(count) or said(every.count, values)
        raise problem(report, "E0201", "a period is a positive whole number", place, shown)
    return Period.of(count, every.unit)


def _written(draft: Draft, name: str) -> tuple[Period, Span]:
    """The period in a field and its place; one that is missing was said before."""
    if name not in draft.fields:
        raise Stopped(name)
    value = draft.fields[name].value
    if not isinstance(value, Every):
        raise _no_period(draft, name, value)
    return period(value, draft.constants, draft.report), value.span


def _no_period(draft: Draft, name: str, value: Expr | Renewed | Quantity) -> Stopped:
    """`64`, `64 tokens` and `tokens` say what is meant where only tokens can be meant."""
    span, text = value.span, None
    if isinstance(value, Quantity):
        text = f"every {span.text}"
    elif isinstance(value, Name) and value.text.removesuffix("s") in UNITS:
        text = f"every {value.text.removesuffix('s')}"
    elif isinstance(value, Number) and not (name == "update" and draft.says_task):
        text = f"every {span.text} tokens"
    fix = Fix(f"write `{text}`", span, text) if text else None
    label = "a period is written `every token` or `every 64 tokens`"
    return problem(draft.report, "E0201", f"`{name}` is a period", span, label, fix=fix)


def update_of(draft: Draft, task: bool) -> Period:
    """When writes land. Steps are for task memories: another memory's state would be shared by the batch."""
    found, span = _written(draft, "update")
    if found.unit == "sequence":
        message = "landing once a sequence is not built yet"
        note = "write `every step`" if task else "write a number of tokens, as `every 64 tokens`"
        raise problem(draft.report, "E0206", message, span, "no such landing", notes=[note])
    if task and found.is_every_token:
        message = "a task memory cannot be written at every token"
        label = "the loss of a token is known when the next one comes"
        note = "write `every 2 tokens` or more, or `every step`"
        raise problem(draft.report, "E0207", message, span, label, notes=[note])
    if found.unit == "step" and not task:
        said_there = draft.fields.get("objective")
        raise problem(
            draft.report,
            "E0202",
            "only a `task` memory is updated by steps",
            span,
            "its state would be shared by the batch",
            also=[Label(said_there.value.span, "this is not `task`")] if said_there else [],
            notes=["a memory with an objective of its own lives in one sequence: count its period in tokens"],
        )
    return found


def anchor_of(draft: Draft, update: Period) -> Period:
    """Where gradients are taken; as old as what readers see unless the spec says otherwise."""
    if "anchor" not in draft.fields:
        return update
    found, span = _written(draft, "anchor")
    if found.unit != "token":
        label = "write a number of tokens"
        raise problem(draft.report, "E0202", "an anchor is counted in tokens", span, label)
    if update.unit == "token" and found.count % update.count and update.count % found.count:
        problem(
            draft.report,
            "W0202",
            f"neither of anchor (`{found}`) and update (`{update}`) divides the other",
            span,
            "a slow path serves this",
            also=[Label(draft.fields["update"].value.span, "the update")],
            notes=["`nlc plan` names the kernel"],
        )
    return found


def level_memories(blocks: Iterable[Block]) -> list[tuple[Block, Memory]]:
    """The in-sequence task memories (Continuum Memory System levels)."""
    return [
        (block, memory)
        for block in blocks
        for memory in block.memories
        if memory.is_task and memory.update.unit == "token"
    ]


def check_chain(blocks: Iterable[Block], sites: Mapping[str, Span], report: Report) -> None:
    """Task periods of one model form a chain of divisors: each segment then ends whole periods."""
    by_period = {memory.update.count: (memory, block) for block, memory in level_memories(blocks)}
    for fast, slow in pairwise(sorted(by_period)):
        if slow % fast == 0:
            continue
        (quick, _), (late, block) = by_period[fast], by_period[slow]
        near = sorted({slow // fast * fast, (slow // fast + 1) * fast})
        also = [Label(_place(quick), f"`{quick.name}` lands every {fast} tokens")]
        label = f"`{late.name}` lands every {slow} tokens, which is no multiple of {fast}"
        with report.asked_for(sites.get(block.name)):
            problem(
                report,
                "E0205",
                f"task periods {fast} and {slow} form no chain of divisors",
                _place(late),
                label,
                also=[] if also[0].span == _place(late) else also,
                notes=[
                    "the gradient of the fastest period is what slower ones add up",
                    f"multiples of {fast} near {slow} are {' and '.join(map(str, near))}",
                ],
            )


def _place(memory: Memory) -> Span:
    found = memory.form.get("update")
    return found.value.span if found else memory.span
