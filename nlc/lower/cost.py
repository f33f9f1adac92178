"""Parameters, state bytes and FLOPs of the whole, counted from the plan, exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import prod
from typing import cast

from nlc.ir.plan import BlockPlan, MemoryPlan
from nlc.ir.system import Block
from nlc.lower.buffers import buffers
from nlc.lower.flops import products
from nlc.parts.part import Op
from nlc.parts.registry import find


@dataclass(frozen=True)
class Cost:
    """Of one block and all that it calls. `levels` is the part of the bytes that CMS levels hold."""

    parameters: int = 0
    bytes: int = 0
    levels: int = 0
    flops: float = 0.0

    def plus(self, other: Cost, count: int = 1) -> Cost:
        return Cost(
            self.parameters + count * other.parameters,
            self.bytes + count * other.bytes,
            self.levels + count * other.levels,
            self.flops + count * other.flops,
        )


def cost(blocks: tuple[BlockPlan, ...], sources: Mapping[str, Block], length: int) -> Cost:
    """The cost of the last block after `length` tokens."""
    done: dict[str, Cost] = {}
    for plan in blocks:
        total = _own(plan, sources[plan.name], length)
        owners: set[str] = set()
        for value in sources[plan.name].values:
            if value.op == "call":
                inner = done[value.target]
                inner = replace(inner, parameters=0) if value.owner in owners else inner
                owners.add(value.owner)
                total = total.plus(inner, int(value.attributes["count"]))
        done[plan.name] = total
    return done[blocks[-1].name]


def _own(plan: BlockPlan, block: Block, length: int) -> Cost:
    total = Cost()
    seen: set[str] = set()
    for value in block.values:
        kind = find("op", value.op)
        if kind is None:
            continue
        op = cast(Op, kind(**value.attributes))
        inputs = tuple(block.values[i].shape for i in value.args)
        held = 4 * sum(prod(shape) for shape in op.buffers(inputs).values())
        total = total.plus(Cost(bytes=held, flops=op.flops(inputs)))
        if value.owner and value.owner not in seen:
            seen.add(value.owner)
            total = total.plus(Cost(sum(prod(shape) for shape in op.parameters(inputs).values())))
    for memory in plan.memories:
        held = sum(buffer.bytes for buffer in buffers(memory, length))
        level = held if memory.family == "level" else 0
        total = total.plus(Cost(memory.parameters, held, level, memory.flops + _more_reads(block, memory)))
    return total


def _more_reads(block: Block, memory: MemoryPlan) -> float:
    """FLOPs of the reads beyond the one that a memory's own figure has."""
    reads = sum(value.op == "read" and value.target == memory.name for value in block.values)
    if memory.family == "attention" or reads < 2:
        return 0.0
    return 2.0 * memory.heads * products(memory) * (reads - 1)


def state_bytes(blocks: tuple[BlockPlan, ...], sources: Mapping[str, Block], length: int, period: int) -> int:
    """Bytes of one sequence's state after `length` tokens: position, memories, convolutions and,
    with CMS levels, the open segment's ids and the states at its start."""
    total = 8 + cost(blocks, sources, length).bytes
    if period and length:
        tokens = (length - 1) % period + 1
        start = cost(blocks, sources, length - tokens)
        total += 8 * tokens + start.bytes - start.levels
    return total


__all__ = ["Cost", "cost", "state_bytes"]
