"""An order in which a block's lines run: all tokens at once, or period by period.

Memories that read one another's earlier states can only be computed period by period: within a
period every state that is read stands still, so all its tokens go in parallel. The lines of one
memory (its reads and writes) are taken as one node; a circle of nodes is computed together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from typing import Any

from nlc.ir.plan import MemoryPlan, Straight, Together
from nlc.ir.system import Block, Memory, Value
from nlc.lower.buffers import uses_anchor

nx: Any = import_module("networkx")
"""networkx is untyped."""

VERBS = ("read", "write", "apply")


def stateful(block: Block) -> dict[str, Memory]:
    """The memories whose writes are part of the block's own lines."""
    return {memory.name: memory for memory in block.memories if not memory.is_task}


def sees_itself(block: Block, memory: Memory) -> bool:
    """Whether a token's read sees its own write: `m(x)`, as opposed to `m.read` and `m.write`."""
    verbs = {value.op for value in block.values if value.target == memory.name}
    return "apply" in verbs or "read" not in verbs


def pairs(block: Block, memory: Memory) -> int:
    """How many pairs a token writes to a cache; 1 where none is written, or it is no cache."""
    writes = sum(value.op in ("write", "apply") and value.target == memory.name for value in block.values)
    return max(writes, 1) if memory.structure.holds == "cache" else 1


def seen_every(block: Block, memory: Memory) -> tuple[int, int]:
    """Tokens after which readers see what was written, and those after which `m.read` does beside `m(x)`.

    Under `scan` a read sees the segment's start. Where nothing else reads, that is a later landing.
    """
    verbs = {value.op for value in block.values if value.target == memory.name}
    update = memory.update.count
    if block.scan <= update or memory.is_task or "read" not in verbs:
        return update, 0
    return (update, block.scan) if "apply" in verbs else (block.scan, 0)


def stages(block: Block, plans: Mapping[str, MemoryPlan]) -> tuple[Straight | Together, ...]:
    """The block's lines in stages; plans are by memory name."""
    graph, members = _contract(block)
    order, live = _order(graph, members), _live(block)
    out: list[Straight | Together] = []
    waiting: list[Value] = []
    for group in order:
        values = [block.values[i] for i in group if i in live]
        fused = _fused(values, block)
        if fused is not None:
            waiting.extend(fused)
            continue
        if waiting:
            out.append(Straight(tuple(waiting)))
            waiting = []
        out.append(_together(values, block, plans))
    if waiting:
        out.append(Straight(tuple(waiting)))
    return tuple(out)


def _contract(block: Block) -> tuple[Any, dict[int, list[int]]]:
    """The graph of lines, with all verbs of one memory drawn together."""
    own = stateful(block)
    first: dict[str, int] = {}
    node: dict[int, int] = {}
    members: dict[int, list[int]] = {}
    for value in block.values:
        stands = value.op in VERBS and value.target in own
        node[value.index] = first.setdefault(value.target, value.index) if stands else value.index
        members.setdefault(node[value.index], []).append(value.index)
    graph: Any = nx.DiGraph()
    graph.add_nodes_from(members)
    for value in block.values:
        graph.add_edges_from((node[arg], node[value.index]) for arg in value.args)
    graph.remove_edges_from([(n, n) for n in graph if not _reads_itself(members[n], block)])
    return graph, members


def _reads_itself(indices: Sequence[int], block: Block) -> bool:
    inside = set(indices)
    return any(arg in inside for i in indices for arg in block.values[i].args)


def _order(graph: Any, members: Mapping[int, list[int]]) -> list[list[int]]:
    """Circles as one group, groups by dependency, otherwise in the order of the text."""
    condensed: Any = nx.condensation(graph)
    groups = {
        n: sorted(i for inner in condensed.nodes[n]["members"] for i in members[inner]) for n in condensed
    }

    def first(node: int) -> int:
        return groups[node][0]

    order: list[int] = list(nx.lexicographical_topological_sort(condensed, key=first))
    return [groups[n] for n in order]


def _fused(values: list[Value], block: Block) -> list[Value] | None:
    """The lines as they are, where nothing has to wait for a landing: no memory, one `apply`, several
    writes of one cache, or one read beside one write, which become one `apply`; none needs another."""
    own = stateful(block)
    verbs = [value for value in values if value.op in VERBS and value.target in own]
    if not verbs:
        return values
    if len(values) != len(verbs):
        return None
    if [value.op for value in verbs] == ["apply"]:
        return values
    if _side_by_side(verbs, own):
        return values
    if sorted(value.op for value in verbs) == ["read", "write"]:
        read, write = sorted(verbs, key=lambda value: value.op)
        if write.index not in read.args and read.index not in write.args:
            both = replace(
                read, op="apply", args=(*write.args, *read.args), roles=(*write.roles, *read.roles)
            )
            return [both]
    return None


def _side_by_side(verbs: list[Value], own: Mapping[str, Memory]) -> bool:
    """Whether these are several writes of one cache, and none needs another: rows tell times."""
    names, inside = {value.target for value in verbs}, {value.index for value in verbs}
    writes = sum(value.op != "read" for value in verbs)
    apart = not any(inside.intersection(value.args) for value in verbs)
    return len(names) == 1 and own[names.pop()].structure.holds == "cache" and writes > 1 and apart


def _together(values: list[Value], block: Block, plans: Mapping[str, MemoryPlan]) -> Together:
    own = stateful(block)
    inside = {value.index for value in values}
    names = dict.fromkeys(value.target for value in values if value.op in VERBS and value.target in own)
    given = dict.fromkeys(arg for value in values for arg in value.args if arg not in inside)
    later = {arg for i in _live(block) - inside for arg in block.values[i].args}
    kept = [
        value.index
        for value in values
        if value.op != "write" and (value.index in later or value.index == block.result)
    ]
    return Together(
        tuple(values),
        _periods([plans[name] for name in names], values),
        tuple(plans[name].identifier for name in names),
        tuple(given),
        tuple(kept),
    )


def _live(block: Block) -> set[int]:
    """All lines but leftovers: steps without a name that nothing needs, as a join of heads undone at once."""
    live: set[int] = set()
    for value in reversed(block.values):
        if value.name or value.owner or value.op in (*VERBS, "call") or value.index == block.result:
            live.add(value.index)
        if value.index in live:
            live.update(value.args)
    return live


def _periods(memories: list[MemoryPlan], values: list[Value]) -> tuple[int, ...]:
    """Where the tokens are cut: at every landing that a line inside can see."""
    cuts: set[int] = set()
    for m in memories:
        verbs = [value.op for value in values if value.target == m.name]
        several = sum(verb != "read" for verb in verbs) > 1
        if m.family == "attention" and "apply" not in verbs[:-1]:
            several = False  # rows tell times: a run is written before its tokens read
        if m.update > 1:
            cuts.add(m.update)
        elif m.segment:
            cuts.add(m.segment)
        elif "read" in verbs or several:
            cuts.add(1)
        if several:
            cuts.add(1)
        cuts |= _state_cuts(m)
    if 1 in cuts:
        return (1,)
    return tuple(sorted(c for c in cuts if not any(c != d and c % d == 0 for d in cuts)))


def _state_cuts(m: MemoryPlan) -> set[int]:
    """Where the state at which gradients are taken changes, or the whole starts again."""
    cuts = {m.renew} if m.renew else set[int]()
    if uses_anchor(m):
        cuts.add(m.anchor)
    elif m.family in ("dual", "states") and m.each_token:
        cuts.add(1)
    return cuts
