"""The lines of a block as the reference runs them: one token, in the order of the text."""

from __future__ import annotations

from nlc.emit.lines import Writer
from nlc.emit.table import CLOSED, Code
from nlc.ir.plan import MemoryPlan
from nlc.ir.system import Value


class SlowWriter(Writer):
    """Writes the statements of one token; memories are functions of the reference."""

    clock = "Clock(position, 1)"

    def run(self) -> list[str]:
        self.write(self.block.values)
        return [*self.statements, self.returned(", state")]

    def call(self, value: Value) -> None:
        if not self.stateful[value.target]:
            super().call(value)
            return
        args = ", ".join(self.text(arg) for arg in value.args)
        name = self.name(value.name or value.owner)
        member, function = value.owner, value.target
        if int(value.attributes["count"]) > 1:
            call = f"repeat({function}, self.{member}, {args}"
        else:
            call = f"{function}(self.{member}, {args}"
        slot = self.slots[value.index]
        self.statements.append(f'{name}, state["{slot}"] = {call}, before["{slot}"], position)')
        self.known[value.index] = Code(name)

    def verb(self, value: Value, memory: MemoryPlan) -> None:
        me, own = memory.identifier, f"{self.plan.name}__{memory.identifier}"
        if memory.family == "parameter":
            self.keep(value, Code(f"{own}(self.{me}, {self.text(value.args[0])})"))
        elif memory.family == "level":
            weights = f'before["{me}"]["weights"]'
            given = f"{scales(memory)}{weights}, {self.text(value.args[0])}"
            self.assign(value, f"{own}_read({given})", f"{me}_out")
        elif memory.family == "attention":
            self.attend(value, memory)
        elif value.op == "read":
            start = ', "segment"' if memory.segment else ""
            given = f'{scales(memory)}before["{me}"], {self.asks(value, memory)}{start}'
            self.keep(value, Code(f"{own}_read({given})[:, None]"))
        else:
            self.change(value, memory, own)

    def attend(self, value: Value, memory: MemoryPlan) -> None:
        """An answer from earlier pairs and those that the token wrote so far; its last write keeps them."""
        me, own = memory.identifier, f"{self.plan.name}__{memory.identifier}"
        past, writes = f'self.{me}, before["{me}"], position', self.writes(memory)
        if value.op != "write":
            query = self.streams(value, memory, ("queries",))
            sooner = [write for write in writes if write.index <= value.index and value.op == "apply"]
            new = f", {self.pairs(memory, sooner)}" if sooner else ""
            self.assign(value, f"{own}_read({past}, {query}{new})", f"{me}_out")
        if writes and value.index == writes[-1].index:
            self.statements.append(f'state["{me}"] = {own}_write({past}, {self.pairs(memory, writes)})')

    def pairs(self, memory: MemoryPlan, writes: list[Value]) -> str:
        """`[(keys, values), …]` of these writes."""
        texts = [f"({self.streams(write, memory, ('keys', 'values'))})" for write in writes]
        return f"[{', '.join(texts)}]"

    def change(self, value: Value, memory: MemoryPlan, own: str) -> None:
        me = memory.identifier
        order = ["keys", "values", *memory.roles, *memory.mentions]
        given = {role: index for role in order if (index := value.arg(role)) is not None}
        streams = [f"{self.named(index, f'{me}_{role}', short=0)}[:, 0]" for role, index in given.items()]
        line = ", ".join([f'state["{me}"] = {own}_write(self.{me}, state["{me}"]', *streams])
        self.statements.append(f"{line})")
        if value.op == "apply":
            given = f'{scales(memory)}state["{me}"], {self.asks(value, memory)}'
            self.assign(value, f"{own}_read({given})[:, None]", f"{me}_out")

    def asks(self, value: Value, memory: MemoryPlan) -> str:
        """What a read of one token is asked with."""
        self.streams(value, memory, memory.asks)  # what is long has a name then
        given = [index for role in memory.asks if (index := value.arg(role)) is not None]
        return ", ".join(f"{self.code(index).within(CLOSED)}[:, 0]" for index in given)


def scales(memory: MemoryPlan) -> str:
    """The memory itself, where its reads need numbers that are no part of the state."""
    return f"self.{memory.identifier}, " if memory.scaled else ""
