"""Level graph and schedule to plan: kernel families, stages and costs; no strings of code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from nlc.ir.plan import BlockPlan, Plan, Together
from nlc.ir.system import Block, System
from nlc.lower.cost import cost, state_bytes
from nlc.lower.rule import Classes, plan_memory
from nlc.lower.schedule import Said, said
from nlc.lower.stages import stages
from nlc.write.nl import print_memory

LENGTH = 2048
"""Tokens that costs assume where the spec gives no `dim T`."""


def lower(system: System, length: int = 0) -> Plan:
    """The plan for sequences of `length` tokens (0: the spec's own length, or 2,048)."""
    length = length or system.length or LENGTH
    schedule = said(system)
    classes = Classes()
    blocks = tuple(_block(block, classes, length, schedule) for block in system.blocks)
    sources = {block.name: block for block in system.blocks}
    levels = [m.update for block in blocks for m in block.memories if m.family == "level"]
    period = min(levels, default=0)
    total = cost(blocks, sources, length)
    return Plan(
        system=system,
        blocks=blocks,
        level_period=period,
        length=length,
        parameters=total.parameters,
        state_bytes=state_bytes(blocks, sources, length, period),
        flops=total.flops,
    )


def _block(block: Block, classes: Classes, length: int, schedule: Mapping[str, Said]) -> BlockPlan:
    name = classes.name(block.name)
    plans = {
        memory.name: plan_memory(
            block, memory, classes, length, schedule.get(f"{block.name}.{memory.name}", Said())
        )
        for memory in block.memories
    }
    made = stages(block, plans)
    beside = {one for stage in made if isinstance(stage, Together) for one in stage.memories}
    return BlockPlan(
        name=block.name,
        class_name=name,
        text=print_memory(block.form),
        memories=tuple(replace(plan, together=plan.identifier in beside) for plan in plans.values()),
        stages=made,
        result=block.result,
        calls=block.calls,
    )


__all__ = ["lower"]
