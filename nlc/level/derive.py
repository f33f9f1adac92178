"""System to LevelGraph: every line is followed once, from the outermost block inwards.

A line's *sources* are the memories it comes from: through ops, those that own parameters included,
up to the nearest read. A parameter's source ends at the next parameter, so that the graph shows
which projection makes a key and not every projection before it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nlc.ir.levels import LevelGraph, Node, Time
from nlc.ir.system import Block, Memory, System, Value
from nlc.level.members import Members, inside
from nlc.level.order import Needs, Point, number
from nlc.level.transfer import ROLES, Transfers

Source = tuple[str, Time]


@dataclass(frozen=True)
class Line:
    """What the graph knows of a line: its number, and where it comes from."""

    point: Point
    memories: frozenset[Source] = frozenset()
    parameters: frozenset[Source] = frozenset()

    @property
    def sources(self) -> list[Source]:
        return sorted(self.memories | self.parameters)


def level(system: System) -> LevelGraph:
    """The level graph; raises SpecError (E0501) where memories wait for each other within one moment."""
    derived = _Derivation(system)
    inputs = [Line(derived.needs.line([])) for _ in system.outermost.inputs]
    result = derived.block(system.outermost, "", 1, inputs)
    nodes = derived.close(result)
    ranks = derived.needs.ranks({node.name: node.period for node in nodes})
    return LevelGraph(system.name, tuple(number(nodes, ranks)), tuple(derived.transfers.edges()))


class _Derivation:
    def __init__(self, system: System) -> None:
        self.system = system
        self.blocks = {block.name: block for block in system.blocks}
        self.members = Members(system)
        self.nodes: dict[str, Node] = {}
        self.task: set[str] = set()
        self.needs = Needs()
        self.transfers = Transfers()

    def block(self, block: Block, path: str, count: int, inputs: list[Line]) -> Line:
        """Follow one use of a block; what comes back is its result."""
        memories = {memory.name: memory for memory in block.memories}
        for memory in block.memories:
            self._memory(memory, path, count)
        given = dict(zip((name for name, _ in block.inputs), inputs, strict=False))
        lines: list[Line] = []
        for value in block.values:
            args = [lines[i] for i in value.args]
            if value.op == "input":
                lines.append(given.get(value.name) or self._join([]))
            elif value.op == "call":
                lines.append(self._call(block, value, path, count, args))
            elif value.op in ("read", "write", "apply"):
                lines.append(self._verb(memories[value.target], value, path, args))
            else:
                lines.append(self._op(block, value, path, count, args))
        return lines[block.result]

    def _memory(self, memory: Memory, path: str, count: int) -> None:
        node = self.members.memory(memory, path, count)
        start = self.members.start(memory, path, count)
        self.nodes[node.name] = node
        if memory.is_task:
            self.task.add(node.name)
        if start:
            self.nodes[start.name] = start
            self.transfers.add(start.name, node.name, "init", "held")

    def _join(self, args: Iterable[Line]) -> Line:
        args = list(args)
        memories = frozenset[Source]().union(*(arg.memories for arg in args))
        parameters = frozenset[Source]().union(*(arg.parameters for arg in args))
        return Line(self.needs.line([arg.point for arg in args]), memories, parameters)

    def _op(self, block: Block, value: Value, path: str, count: int, args: list[Line]) -> Line:
        joined = self._join(args)
        node = self.members.parameter(value, block, path, count)
        if node is None:
            return joined
        self.nodes.setdefault(node.name, node)
        self._receive(joined, node.name, "input")
        return Line(joined.point, joined.memories, frozenset({(node.name, "held")}))

    def _verb(self, memory: Memory, value: Value, path: str, args: list[Line]) -> Line:
        name = inside(path, memory.name)
        roles = value.roles or ("queries",) * len(args)
        for role, arg in zip(roles, args, strict=True):
            self._receive(arg, name, role)
        writes = [arg.point for role, arg in zip(roles, args, strict=True) if role not in ROLES]
        queries = [arg.point for role, arg in zip(roles, args, strict=True) if role in ROLES]
        if memory.is_task:  # written after the moment, by the gradient: every read of it is alike
            return Line(self.needs.line([*queries, *writes]), frozenset({(name, "held")}))
        if value.op == "read":
            return Line(self.needs.line(queries), frozenset({(name, "earlier")}))
        self.needs.write(name, writes)
        if value.op == "write":
            return Line(self.needs.line([]))
        return Line(self.needs.apply(name, value, queries), frozenset({(name, "now")}))

    def _call(self, block: Block, value: Value, path: str, count: int, args: list[Line]) -> Line:
        """A use of another block. Of a row of blocks one is followed: what comes out of it goes into
        the next one, which is an edge but no order, for it is another memory that it goes to."""
        target = self.blocks[value.target]
        times = int(value.attributes.get("count", 1))
        member = value.owner or value.target
        member = f"{member}[0..{times - 1}]" if times > 1 else member
        mark = f"\0{inside(path, member)}"
        if times > 1:
            first = args[0]
            passed: frozenset[Source] = frozenset({(mark, "next")})
            args = [Line(first.point, first.memories | passed, first.parameters), *args[1:]]
        result = self.block(target, inside(path, member), count * times, args)
        return self._repeat(mark, result) if times > 1 else result

    def _repeat(self, mark: str, result: Line) -> Line:
        own = {name for name, _ in result.sources if name.startswith(f"{mark[1:]}.")}
        for source, to in [ends for ends in self.transfers.found if ends[0] == mark]:
            ways = self.transfers.found.pop((source, to))
            for name in sorted(own):
                for role, _ in ways:
                    self.transfers.add(name, to, role, "next")
        return Line(result.point, result.memories - {(mark, "next")}, result.parameters)

    def _receive(self, line: Line, target: str, role: str) -> None:
        for source, time in line.sources:
            self.transfers.add(source, target, role, time)

    def close(self, result: Line) -> list[Node]:
        """Add the model's objective: it sees the result, and writes all that it owns."""
        goal = self.members.objective
        taught = [node for node in self.nodes.values() if node.kind != "memory" or node.name in self.task]
        if not taught:
            return list(self.nodes.values())
        self._receive(result, goal.name, "input")
        for node in taught:
            self.transfers.add(goal.name, node.name, "gradient", "after")
        return [*self.nodes.values(), goal]
