"""The plan as a person reads it, and as JSON: both from the same rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nlc.ir.plan import BlockPlan, MemoryPlan, Plan, Together
from nlc.level import level


def json(plan: Plan) -> dict[str, Any]:
    """Totals, and a row a memory, fastest level first.

    `no_graph` names the memories that keep torch.compile and torch.export from taking the whole.
    """
    memories = sorted((row for row, _, _ in rows(plan)), key=lambda row: row["level"])
    return {
        "name": plan.system.name,
        "length": plan.length,
        "parameters": plan.parameters,
        "state_bytes": plan.state_bytes,
        "flops_per_token": plan.flops,
        "passes": -(-plan.length // plan.level_period) if plan.level_period else 1,
        "semantic_hash": plan.system.semantic_hash,
        "no_graph": [row["memory"] for row in memories if row["kernel"] == "level"],
        "memories": memories,
    }


def rows(plan: Plan) -> Iterator[tuple[dict[str, Any], BlockPlan, MemoryPlan]]:
    """Every memory as the plan shows it, with its block."""
    nodes = {node.name: node for node in level(plan.system).nodes}
    for path, count, block, memory in _walk(plan, plan.blocks[-1], "", 1):
        node = nodes[f"{path}.{memory.name}" if path else memory.name]
        row: dict[str, Any] = {
            "memory": node.name,
            "count": count,
            "level": node.level,
            "period": str(node.period),
            "rule": node.rule,
            "equation": list(memory.equation),
            "kernel": memory.family,
            "why": memory.why,
            "slow": _slow(block, memory),
            "tile": memory.tile if memory.family in ("scan", "dual", "states", "regression") else None,
            "parameters": memory.parameters,
            "state_bytes": sum(buffer.bytes for buffer in memory.buffers),
            "flops_per_token": memory.flops,
        }
        yield row, block, memory


def _walk(
    plan: Plan, block: BlockPlan, path: str, count: int
) -> Iterator[tuple[str, int, BlockPlan, MemoryPlan]]:
    """Every memory of every use of a block, with its path and how often it stands there."""
    for memory in block.memories:
        yield path, count, block, memory
    for value in plan.system.block(block.name).values:
        if value.op == "call":
            times = int(value.attributes["count"])
            member = f"{value.owner}[0..{times - 1}]" if times > 1 else value.owner
            inner = next(other for other in plan.blocks if other.name == value.target)
            yield from _walk(plan, inner, f"{path}.{member}" if path else member, count * times)


def _slow(block: BlockPlan, memory: MemoryPlan) -> str:
    """Why this memory takes a slow path; empty when it does not."""
    for stage in block.stages:
        if isinstance(stage, Together) and memory.identifier in stage.memories and stage.periods == (1,):
            return f"token by token: {_together(block, stage, memory)}"
    return memory.slow


def _together(block: BlockPlan, stage: Together, memory: MemoryPlan) -> str:
    """What keeps the tokens of a stage from going side by side, as seen from one of its memories."""
    others = [each.name for each in block.memories if each.identifier in stage.memories]
    others.remove(memory.name)
    verbs = [value.op for value in stage.values if value.target == memory.name]
    writes = len(verbs) - verbs.count("read")
    if others:
        return f"at each token it and {', '.join(others)} need one another"
    if not writes:
        return "it is read at each token and never written, and nothing faster is built for that"
    if writes > 1:
        return f"it is written {writes} times at each token"
    return "at each token its write needs its own answer, or its answer is read before the write"


def text(plan: Plan) -> str:
    """A line of totals, a table of memories, and the reasons below it."""
    data = json(plan)
    head = (
        f"{data['name']}  {count(data['parameters'])} parameters · {size(data['state_bytes'])} of state "
        f"a sequence after {plan.length:,} tokens · "
        f"{count(data['flops_per_token'])} forward matrix FLOPs a token"
    )
    lines = [head, ""]
    table = [("level", "period", "memory", "rule", "kernel")]
    for row in data["memories"]:
        times = f" ×{row['count']}" if row["count"] > 1 else ""
        table.append(
            (
                str(row["level"]),
                row["period"].removeprefix("every "),
                row["memory"] + times,
                row["rule"],
                row["kernel"],
            )
        )
    widths = [max(len(row[i]) for row in table) for i in range(4)]
    lines.extend(
        "  ".join([*(f"{c:<{w}}" for c, w in zip(row, widths, strict=False)), row[4]]) for row in table
    )
    lines.append("")
    reasons: dict[tuple[str, str], None] = dict.fromkeys(
        (row["kernel"], row["why"]) for row in data["memories"]
    )
    lines.extend(f"{kernel:<10} {why}" for kernel, why in reasons)
    lines.extend(
        f"schedule   {row['memory']}: tiles of {row['tile']} tokens" for row in _scheduled(plan, data)
    )
    lines.extend(f"slow       {row['memory']}: {row['slow']}" for row in data["memories"] if row["slow"])
    if plan.level_period:
        lines.append(
            f"levels     learn in the sequence: {data['passes']} passes of {plan.level_period} tokens "
            "one after another, each with a backward pass of its own"
        )
        lines.append(
            "compile    torch.compile and torch.export: no, autograd runs inside: "
            + ", ".join(data["no_graph"])
        )
        lines.append(
            "ragged     sequences of one position and length at a time: each learns when its own period ends"
        )
    return "\n".join(lines)


def _scheduled(plan: Plan, data: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows whose tile a schedule may have set."""
    return [row for row in data["memories"] if row["tile"]] if "torch" in plan.system.schedules else []


def count(number: float) -> str:
    """1,234 or 1.23 M."""
    for unit, factor in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= factor * (10 if unit == "k" else 1):
            return f"{number / factor:.2f} {unit}"
    return f"{number:,.0f}"


def size(number: float) -> str:
    """Bytes in the unit that fits."""
    for unit, factor in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if number >= factor:
            return f"{number / factor:.2f} {unit}"
    return f"{number:,.0f} bytes"
