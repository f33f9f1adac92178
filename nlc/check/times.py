"""Periods: counts put in, units that fit, and the chain of divisors that task periods must form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

from nlc.check.evaluation import Constant, evaluate
from nlc.check.problem import Stopped, problem
from nlc.ir.system import Block, Memory
from nlc.report import Fix, Label, Report
from nlc.source import Span
from nlc.spec.time import Every, Period

if TYPE_CHECKING:
    from nlc.check.draft import Draft


def period(every: Every, values: Mapping[str, Constant], report: Report) -> Period:
    """A checked period; `every n tokens` with n known now."""
    count = 1 if every.count is None else evaluate(every.count, values)
    if not isinstance(count, int) or not 0 < count < 2**31:
        place = every.count.span if every.count else every.span
        shown = "not a number known here" if count is None else f"this is {count}"
        raise problem(report, "E0201", "a period is a positive whole number", place, shown)
    return Period.of(count, every.unit)


def _written(draft: Draft, name: str) -> tuple[Period, Span]:
    """The period in a field and its place; one that is missing was said before."""
    if name not in draft.fields:
        raise Stopped(name)
    value = draft.fields[name].value
    if not isinstance(value, Every):
        fix = Fix("write `every token`", value.span, "every token")
        raise problem(draft.report, "E0201", f"`{name}` is a period", value.span, "not a period", fix=fix)
    return period(value, draft.constants, draft.report), value.span


def update_of(draft: Draft, task: bool) -> Period:
    """When writes land. Steps are for task memories: another memory's state would be shared by the batch."""
    found, span = _written(draft, "update")
    if found.unit == "sequence":
        fix = Fix("write `every step` or a number of tokens", span, "every step")
        raise problem(
            draft.report,
            "E0206",
            "landing once a sequence is not built yet",
            span,
            "no such landing",
            fix=fix,
        )
    if task and found.is_every_token:
        raise problem(
            draft.report,
            "E0207",
            "a task memory cannot be written at every token",
            span,
            "the loss of a token is known when the next one comes",
            fix=Fix("write `every 2 tokens` or more", span, "every 2 tokens"),
        )
    if found.unit == "step" and not task:
        raise problem(
            draft.report,
            "E0202",
            "only a `task` memory is updated by steps",
            span,
            "its state would be shared by the batch",
            notes=["a memory with an objective of its own lives in one sequence: count its period in tokens"],
        )
    return found


def anchor_of(draft: Draft, update: Period) -> Period:
    """Where gradients are taken; as old as what readers see unless the spec says otherwise."""
    if "anchor" not in draft.fields:
        return update
    found, span = _written(draft, "anchor")
    if found.unit != "token":
        raise problem(draft.report, "E0202", "an anchor is counted in tokens", span, "write `tokens`")
    if found == update:
        problem(
            draft.report,
            "W0201",
            "this anchor changes nothing",
            span,
            f"the update is `{update}` already",
            notes=["leave the field out"],
        )
    elif update.unit == "token" and found.count % update.count and update.count % found.count:
        problem(
            draft.report,
            "W0202",
            "neither of anchor and update divides the other",
            span,
            "a slow path serves this",
            also=[Label(draft.fields["update"].value.span, "the update")],
        )
    return found


def level_memories(blocks: Iterable[Block]) -> list[Memory]:
    """The in-sequence task memories (Continuum Memory System levels)."""
    return [
        memory
        for block in blocks
        for memory in block.memories
        if memory.is_task and memory.update.unit == "token"
    ]


def check_chain(blocks: Iterable[Block], report: Report) -> None:
    """Task periods of one model form a chain of divisors: each segment then ends whole periods."""
    by_period = {memory.update.count: memory for memory in level_memories(blocks)}
    for fast, slow in pairwise(sorted(by_period)):
        if slow % fast:
            problem(
                report,
                "E0205",
                f"task periods {fast} and {slow} form no chain of divisors",
                _place(by_period[slow]),
                f"{slow} tokens is no multiple of {fast}",
                also=[Label(_place(by_period[fast]), f"{fast} tokens")],
                notes=["the gradient of the fastest period is what slower ones add up"],
            )


def _place(memory: Memory) -> Span:
    found = memory.form.get("update")
    return found.value.span if found else memory.span
