"""What a spec would cost, known before anything is allocated, against what is allowed."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from math import prod
from typing import TYPE_CHECKING, cast

from nlc.check.problem import problem
from nlc.ir.system import Block, Memory
from nlc.parts.registry import find
from nlc.report import Report

if TYPE_CHECKING:
    from nlc.check.model import Made
    from nlc.parts.part import Op


LENGTH = 2048
"""Tokens a sequence where the spec has no `dim T`: what a cache without a window is counted for."""


@dataclass(frozen=True)
class Budget:
    """What one spec may cost; `--budget name=value` raises it."""

    parameters: float = 20e9
    state_bytes: float = 16 * 2**30
    items: int = 10_000
    nesting: int = 64

    @classmethod
    def of(cls, text: str) -> Budget:
        """`parameters=40e9,items=20000`; raises ValueError that says what is possible."""
        names = {f.name for f in fields(cls)}
        budget = cls()
        for pair in filter(None, text.split(",")):
            name, _, value = pair.partition("=")
            if name.strip() not in names:
                raise ValueError(f"no budget `{name.strip()}`; there are {', '.join(sorted(names))}")
            number = float(value)
            kept = int(number) if name.strip() in ("items", "nesting") else number
            budget = replace(budget, **{name.strip(): kept})
        return budget


@dataclass(frozen=True)
class Cost:
    """Of one use of a block and all below it."""

    parameters: int = 0
    state_bytes: int = 0
    items: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.parameters + other.parameters, self.state_bytes + other.state_bytes, self.items + other.items
        )

    def times(self, count: int) -> Cost:
        return Cost(self.parameters * count, self.state_bytes * count, self.items * count)


def check_budget(made: Made, length: int, budget: Budget, report: Report) -> None:
    """E0416 for each limit that is passed."""
    cost = cost_of(made.blocks, length or LENGTH)
    what = {
        "parameters": "parameters",
        "state_bytes": "bytes of state a sequence",
        "items": "memories and ops",
    }
    for name, words in what.items():
        spent, allowed = getattr(cost, name), getattr(budget, name)
        if spent > allowed:
            problem(
                report,
                "E0416",
                f"{spent:,} {words} are over the budget of {allowed:,.0f}",
                made.form.name_span.span,
                "this form and all that it contains",
                notes=[f"raise it with `--budget {name}={spent}`"],
            )


def cost_of(blocks: tuple[Block, ...], length: int) -> Cost:
    """The cost of the last block, from those before it."""
    done: dict[str, Cost] = {}
    for block in blocks:
        total = _own(block, length)
        for value in block.values:
            if value.op == "call":
                total += done[value.target].times(int(value.attributes["count"]))
        done[block.name] = total
    return done[blocks[-1].name]


def _own(block: Block, length: int) -> Cost:
    total = Cost(items=len(block.values) + len(block.memories))
    seen: set[str] = set()
    for value in block.values:
        if value.owner and value.op != "call" and value.owner not in seen:
            seen.add(value.owner)
            found = find("op", value.op)
            assert found is not None
            op = cast("Op", found(**value.attributes))
            inputs = tuple(block.values[i].shape for i in value.args)
            parameters = sum(prod(shape) for shape in op.parameters(inputs).values())
            total += Cost(parameters, 4 * sum(prod(shape) for shape in op.buffers(inputs).values()))
    for memory in block.memories:
        total += _memory(memory, length)
    return total


def _memory(memory: Memory, length: int) -> Cost:
    if memory.structure.holds == "cache":
        window = getattr(memory.structure, "window", None)
        rows = min(length, window - 1) if window else length
        heads = getattr(memory.structure, "kv_heads", None) or memory.heads
        return Cost(0, 4 * rows * heads * (memory.sizes[0] + memory.sizes[-1]))
    size = memory.heads * sum(prod(shape) for shape in memory.weights)
    scales = 2 * memory.heads * memory.sizes[-1] if memory.scaled else 0
    parameters = scales + (size if memory.init.name == "learned" or memory.is_task else 0)
    if memory.update.unit == "step":
        return Cost(parameters)
    copies = (
        1
        + (memory.beta is not None)
        + (memory.update.count > 1)
        + (memory.anchor.count not in (1, memory.update.count))
    )
    pair = memory.heads * (memory.sizes[0] + memory.sizes[-1] + 1)
    return Cost(parameters, 4 * (size * copies + (memory.window - 1) * pair))
