"""The lines of a block as the fast path runs them: stage by stage, memories over many tokens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nlc.emit.lines import Writer
from nlc.emit.table import Code
from nlc.emit.wrap import assign
from nlc.ir.plan import MemoryPlan, Straight, Together
from nlc.ir.system import Value
from nlc.lower.chain import Chain


@dataclass(frozen=True)
class Method:
    """A part of a block that runs period by period: its name, arguments, statements and results."""

    name: str
    about: str
    given: tuple[str, ...]
    periods: tuple[int, ...]
    statements: tuple[str, ...]
    lands: tuple[str, ...]
    kept: tuple[str, ...]


class FastWriter(Writer):
    """Writes `forward`, and a method for each stage in which memories read one another.

    The lines of a chain are written elsewhere: here it is a call where its last line stands.
    """

    chains: Mapping[int, Chain] = {}
    """By their last lines."""
    elsewhere: frozenset[int] = frozenset()
    """The lines of chains but the last."""

    def chained(self, chains: Iterable[Chain]) -> None:
        """Say which chains there are, before anything is written."""
        self.chains = {chain.end: chain for chain in chains}
        inside = {index for chain in self.chains.values() for index in chain.members}
        for value in reversed(self.block.values):  # a weight that only chains read is written where they are
            users = {other.index for other in self.block.values if value.index in other.args}
            if value.op in ("weight", "unsqueeze") and users and users <= inside:
                inside.add(value.index)
        self.elsewhere = frozenset(inside - self.chains.keys())

    def value(self, value: Value) -> None:
        if value.index not in self.elsewhere:
            super().value(value)

    def state(self, value: Value) -> None:
        if (chain := self.chains.get(value.index)) is None:
            super().state(value)
            return
        given = [self.text(index) for index in chain.streams]
        if chain.conv is None:
            self.keep(value, Code(f"self.{chain.name}_chain({', '.join(given)})"))
            return
        slot, name = self.slots[chain.conv.index], self.name(chain.name)
        call = ", ".join([*given, f'{self.past}["{slot}"]', self.clock])
        self.statements.append(f'{name}, state["{slot}"] = self.{chain.name}_chain({call})')
        self.known[value.index] = Code(name)

    def run(self, carries: bool) -> tuple[list[str], list[Method]]:
        """(the statements of `forward`, the methods that it calls); one that `carries` returns its state."""
        methods: list[Method] = []
        forward: list[str] = []
        for stage in self.plan.stages:
            if isinstance(stage, Straight):
                self.write(stage.values)
                forward, self.statements = forward + self.statements, []
            else:
                methods.append(self.together(stage, len(methods) + 1))
                forward, self.statements = forward + self.statements, []
        forward.append(self.returned(", state" if carries else ""))
        return forward, methods

    def together(self, stage: Together, number: int) -> Method:
        """A method for the stage, and the statement that calls it."""
        name = "together" if number == 1 else f"together{number}"
        given = [
            self.named(i, self.wanted(self.block.values[i]), short=0)
            for i in stage.given
            if i not in self.numbers
        ]
        before, self.statements = self.statements, []
        outside = self.numbers_again(stage.given)
        self.write(stage.values)
        kept = [self.named(i, self.wanted(self.block.values[i]), short=0) for i in stage.kept]
        inside, self.statements = self.statements, before
        self.known |= outside
        call = ", ".join([f"over(self.{name}, {stage.periods!r}, state, clock", *given])
        self.statements += assign(kept, f"{call})", 8) if kept else [f"_, state = {call})"]
        for i, text in zip(stage.kept, kept, strict=True):
            self.known[i] = Code(text)
        lands = tuple(
            m.identifier
            for m in self.plan.memories
            if m.identifier in stage.memories and m.family != "attention"
        )
        return Method(name, self.about(stage), tuple(given), stage.periods, tuple(inside), lands, tuple(kept))

    def numbers_again(self, given: Iterable[int]) -> dict[int, Code]:
        """Statements for the numbers among what a method is given: they are no streams to cut, and it makes
        them itself. Returned is how they are called outside of it."""
        needed = {i for i in given if i in self.numbers}
        for value in reversed(self.block.values):
            if value.index in needed:
                needed.update(value.args)
        outside = {i: self.known[i] for i in needed}
        self.write(value for value in self.block.values if value.index in needed)
        return outside

    def about(self, stage: Together) -> str:
        names = ", ".join(m.name for m in self.plan.memories if m.identifier in stage.memories)
        reason = "read one another" if len(stage.memories) > 1 else "reads itself"
        count = " and ".join(map(str, stage.periods))
        return f"{names}: {reason}, so {count} token{'s' if count != '1' else ''} go at a time."

    def verb(self, value: Value, memory: MemoryPlan) -> None:
        me = memory.identifier
        if memory.family == "parameter":
            self.keep(value, Code(f"self.{me}({self.text(value.args[0])})"))
        elif memory.family == "level":
            weights = f'{self.past}["{me}"]["weights"]'
            self.assign(value, f"self.{me}.read({weights}, {self.text(value.args[0])})", f"{me}_out")
        elif memory.pairs > 1:
            self.several(value, memory)
        elif value.op == "read":
            self.read(value, memory)
        else:
            self.change(value, memory)

    def read(self, value: Value, memory: MemoryPlan) -> None:
        me = memory.identifier
        where = "clock, " if memory.family == "attention" else ""
        query = self.streams(value, memory, memory.asks)
        self.keep(value, Code(f'self.{me}.read({self.past}["{me}"], {where}{query})'))

    def change(self, value: Value, memory: MemoryPlan) -> None:
        """A write inside a stage, or a whole call outside of one."""
        me = memory.identifier
        queries = memory.asks if value.op == "apply" else ()
        streams = self.streams(value, memory, ["keys", "values", *queries, *memory.roles, *memory.mentions])
        inside = self.inside(value)
        slot = f'state["{me}"]'
        if value.op == "write":
            self.statements.append(f"{slot} = self.{me}.write({slot}, clock, {streams})")
        else:
            out = self.name(value.name or f"{me}_out")
            method = f"self.{me}.apply" if inside else f"self.{me}"
            old = slot if inside else f'before["{me}"]'
            self.statements.append(f"{out}, {slot} = {method}({old}, clock, {streams})")
            self.known[value.index] = Code(out)

    def several(self, value: Value, memory: MemoryPlan) -> None:
        """A cache that a token writes several pairs to: reads take them along, the last write keeps them."""
        me, writes = memory.identifier, self.writes(memory)
        sooner = [write for write in writes if write.index <= value.index]
        known = sooner if self.inside(value) else writes
        if value.op != "write":
            given = [self.streams(value, memory, ("queries",))]
            if value.op == "apply" or known == writes:
                seen = len(sooner) if value.op == "apply" else 0
                given += [
                    self.each(memory, known, "keys"),
                    self.each(memory, known, "values"),
                    f"seen={seen}",
                ]
            self.assign(value, f'self.{me}.read({self.past}["{me}"], clock, {", ".join(given)})', f"{me}_out")
        if value.index == writes[-1].index:
            given = [self.each(memory, writes, role) for role in ("keys", "values")]
            line = f'state["{me}"] = self.{me}.write({self.past}["{me}"], clock, {", ".join(given)})'
            self.statements.append(line)

    def each(self, memory: MemoryPlan, writes: list[Value], role: str) -> str:
        """`(keys, keys2)`: what these writes have in that role."""
        texts = [self.streams(write, memory, (role,)) for write in writes]
        return f"({texts[0]},)" if len(texts) == 1 else f"({', '.join(texts)})"

    def inside(self, value: Value) -> bool:
        """Whether the value is in a stage that runs period by period."""
        return any(
            isinstance(stage, Together) and any(v.index == value.index for v in stage.values)
            for stage in self.plan.stages
        )
