"""What a plan says of a GPU: which memories have kernels, how those are launched, and what was found."""

from __future__ import annotations

from typing import Any

from nlc.ir.plan import BlockPlan, MemoryPlan, Plan
from nlc.lower.chains import chains, described, uses
from nlc.lower.kernels import kernels
from nlc.lower.records import Record
from nlc.lower.show import rows
from nlc.lower.step import steps
from nlc.lower.tuned import asked, one_pass, recorded


def gpu(plan: Plan) -> list[dict[str, Any]]:
    """A row a memory: `kernels` is the template, None where torch serves; `spills`, bytes of stack by GPU.

    `one_pass` are the GPUs on which a kernel may keep the state on the chip from chunk to chunk.
    `step` says whether a token by itself is one launch.
    """
    return [_row(row["memory"], block, memory) for row, block, memory in rows(plan)]


def _row(name: str, block: BlockPlan, memory: MemoryPlan) -> dict[str, Any]:
    found = kernels(memory)
    known = recorded(memory) if found.template else {}
    stack = {target: sum(row.stack for row in record.kernels.values()) for target, record in known.items()}
    return {
        "memory": name,
        "kernels": found.template or None,
        "why": found.why,
        "step": steps(memory),
        "launched": {target: _told(record) for target, record in known.items()},
        "asked": asked(memory) if found.template else {},
        "one_pass": list(one_pass(memory)) if found.template else [],
        "spills": {target: spilled for target, spilled in stack.items() if spilled},
    }


def _told(record: Record) -> dict[str, Any]:
    return {"tokens": record.tokens, **{name: row._asdict() for name, row in record.kernels.items()}}


def fused(plan: Plan) -> list[dict[str, Any]]:
    """A row a block: lines of it that are one launch each, and how many they are in torch."""
    count = uses(plan)
    return [
        {"block": name, "count": count[name], "chains": [described(chain) for chain in found]}
        for name, found in chains(plan).items()
        if found
    ]


def text(plan: Plan) -> str:
    """A line or two for each memory, and one for each chain of a block's lines."""
    lines = ["", "on a GPU, after `nlc compile --backend triton`"]
    for row in gpu(plan):
        serves = f"{row['kernels']} kernels: " if row["kernels"] else ""
        lines.append(f"  {row['memory']}: {serves}{row['why']}")
        if row["kernels"]:
            lines.append(f"    {_launched(row)}")
        if row["one_pass"]:
            where = ", ".join(row["one_pass"])
            lines.append(f"    forward is one launch where that fills the GPU, on {where}")
        if row["step"]:
            lines.append("    a token by itself is one launch, where no gradient is asked for")
    for block in fused(plan):
        found = block["chains"]
        fewer, more = len(found), sum(chain["instead"] for chain in found)
        fewer = f"{fewer} launches" if fewer > 1 else "1 launch"
        lines.append(f"  {block['block']}: {fewer} in place of {more} around matrices and memories, forward")
        lines += [f"    {chain['name']} = {chain['computes']}: 1 for {chain['instead']}" for chain in found]
    return "\n".join(lines)


def _launched(row: dict[str, Any]) -> str:
    if row["asked"]:
        words = ", ".join(f"{word} {number}" for word, number in row["asked"].items())
        return f"launched as the spec's schedule says: {words}; `nlc kernels` tells what that spills"
    if not row["launched"]:
        return "no record of this shape: launched in the safest way; `nlc kernels SPEC --tune` finds a better"
    where = ", ".join(row["launched"])
    spills = ", ".join(f"{target} {n} bytes" for target, n in row["spills"].items())
    return f"launches chosen by compiling for {where}; {f'spills: {spills}' if spills else 'nothing spills'}"
