"""One memory of a plan explained: rule, level, kernel and why, what it carries and passes on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nlc.ir.levels import Edge, LevelGraph
from nlc.ir.plan import BlockPlan, MemoryPlan, Plan
from nlc.ir.system import Memory
from nlc.lower.show import count, rows, size
from nlc.write.expr import print_expr

TIMES = {
    "now": "after this moment's write",
    "held": "held still within the moment",
    "earlier": "an earlier state",
    "next": "the next repetition",
    "after": "after the moment",
}


def pages(plan: Plan, graph: LevelGraph, wanted: str) -> list[dict[str, Any]]:
    """A page for each memory of that name: its path, `BLOCK.MEMORY`, or the memory's or family's own."""
    return [
        _page(plan, graph, row, block, memory)
        for row, block, memory in rows(plan)
        if wanted in _names(row["memory"], plan, block, memory)
    ]


def known(plan: Plan) -> list[str]:
    """What a memory of the plan may be called."""
    found = (_names(row["memory"], plan, block, memory) for row, block, memory in rows(plan))
    return list(dict.fromkeys(name for names in found for name in names))


def _names(path: str, plan: Plan, block: BlockPlan, memory: MemoryPlan) -> Iterator[str]:
    form = plan.system.block(block.name).form.name
    family = memory.name.rpartition(".")[0]
    yield memory.name
    yield f"{form}.{memory.name}"
    if family:
        yield from (family, f"{form}.{family}")
    yield path


def _page(
    plan: Plan, graph: LevelGraph, row: dict[str, Any], block: BlockPlan, memory: MemoryPlan
) -> dict[str, Any]:
    source = plan.system.block(block.name).memory(memory.name)
    span = source.form.span
    segment = max(memory.segment, memory.update if memory.update > source.update.count else 0)
    return {
        **row,
        "model": plan.system.name,
        "block": block.name,
        "name": memory.name,
        "anchor": None if source.is_task or source.anchor == source.update else str(source.anchor),
        "segment": segment or None,
        "residual": print_expr(memory.residual) if memory.residual else None,
        "affine": None if memory.residual is None else memory.slope is not None,
        "reads_prediction": None if memory.residual is None else memory.slope != 0,
        "outer": _outer(source),
        "state": {buffer.name: list(buffer.shape) for buffer in memory.buffers},
        "length": plan.length,
        "edges": [_edge(edge) for edge in _near(graph, row["memory"])],
        "spec": {
            "file": span.source.name,
            "line": span.line,
            "text": _block(span.text, span.column - 1),
        },
    }


def _block(text: str, indent: int) -> str:
    """The lines of a form as if its first one stood at the margin."""
    pad = " " * indent
    return "\n".join(line.removeprefix(pad) for line in text.split("\n"))


def _outer(memory: Memory) -> str | None:
    """For a level that learns in the sequence, whether the outer gradient runs through its steps."""
    learns = memory.is_task and memory.update.unit == "token"
    return getattr(memory.objective, "outer", None) if learns else None


def _near(graph: LevelGraph, name: str) -> list[Edge]:
    return [edge for edge in graph.edges if name in (edge.source, edge.target)]


def _edge(edge: Edge) -> dict[str, Any]:
    return {
        "kind": edge.kind,
        "from": edge.source,
        "to": edge.target,
        "roles": list(edge.roles),
        "time": edge.time,
    }


def text(page: dict[str, Any]) -> str:
    """The page as a person reads it."""
    times = f", {page['count']} of it" if page["count"] > 1 else ""
    lines = [f"memory {page['memory']}{times}", "", *(f"    {line}" for line in page["equation"]), ""]
    facts = [
        ("level", f"{page['level']}, {page['period']}"),
        ("anchor", f"gradients at its state as it stood {page['anchor']}" if page["anchor"] else ""),
        ("scan", f"`.read` sees its state every {page['segment']} tokens" if page["segment"] else ""),
        ("rule", page["rule"]),
        ("kernel", f"{page['kernel']}: {page['why']}"),
        ("slow", page["slow"]),
        ("objective", _traits(page)),
        ("outer", _order(page["outer"])),
        ("state", _state(page)),
        ("learns", f"{count(page['parameters'])} parameters" if page["parameters"] else ""),
    ]
    lines += [f"{name:<10} {said}" for name, said in facts if said]
    lines += _transfers(page)
    place = page["spec"]
    lines += ["", f"{place['file']}:{place['line']}", *(f"    {line}" for line in place["text"].split("\n"))]
    return "\n".join(lines)


def _traits(page: dict[str, Any]) -> str:
    if page["residual"] is None:
        return ""
    reads = "reads the prediction" if page["reads_prediction"] else "does not read the prediction"
    affine = "affine in it" if page["affine"] else "not affine in it"
    return f"∂loss/∂p = {page['residual']}: {reads}" + (f", {affine}" if page["reads_prediction"] else "")


def _order(outer: str | None) -> str:
    if outer is None:
        return ""
    exact = "the outer gradient runs through its steps"
    return f"{outer}: {exact if outer == 'second_order' else 'its steps are constants of the outer gradient'}"


def _state(page: dict[str, Any]) -> str:
    if not page["state"]:
        return "none of a sequence's own"
    shapes = ", ".join(f"{name} {'×'.join(map(str, shape))}" for name, shape in page["state"].items())
    return f"{size(page['state_bytes'])} a sequence after {page['length']:,} tokens: {shapes}"


def _transfers(page: dict[str, Any]) -> Iterator[str]:
    """What others give it and what it gives others, a line for each kind and time."""
    path = page["memory"].removesuffix(page["name"])
    groups: dict[tuple[str, str, str], list[str]] = {}
    for edge in page["edges"]:
        comes, goes = edge["to"] == page["memory"], edge["from"] == page["memory"]
        arrow = "↻" if comes and goes else "←" if comes else "→"
        other = edge["from"] if comes else edge["to"]
        other = other.removeprefix(path) if other.startswith(path) else f"{page['model']}.{other}"
        roles = [role for role in edge["roles"] if role not in ("input", "init", "gradient")]
        said = f"{other} ({', '.join(roles)})" if roles and not (comes and goes) else other
        groups.setdefault((arrow, edge["kind"], edge["time"]), []).append(said)
    if groups:
        yield ""
        yield "transfer   ← to it   → from it   ↻ to itself"
    for (arrow, kind, time), others in groups.items():
        yield f"  {arrow} {kind}, {TIMES[time]}: {', '.join(others)}"
