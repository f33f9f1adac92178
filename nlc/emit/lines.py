"""The lines of one block as statements: single uses are written in place, the rest get names."""

from __future__ import annotations

import builtins
import keyword
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import chain, count

from nlc.emit.facts import carries
from nlc.emit.table import Code, Table
from nlc.emit.wrap import MARK, marked
from nlc.ir.numbers import FUNCTIONS, numbers
from nlc.ir.plan import BlockPlan, MemoryPlan
from nlc.ir.system import Block, Value
from nlc.parts.registry import find

WIDTH = 88
"""Longer expressions are cut into named pieces, so that no line needs to be wrapped."""
RESHAPES = ("merge", "split", "expand", "unsqueeze", "share")
"""What is written for the shape's sake; the spec says nothing of it."""
_TAKEN = """Clock F before clock copy_tree l2norm layer log_cosh memories nn note noting out over part
phase position repeat rope self state torch"""
TAKEN = frozenset({*_TAKEN.split(), *dir(builtins)})
"""Names that the text around the lines uses."""


class Writer(ABC):
    """Writes values as Python statements; subclasses say how memories are used."""

    def __init__(
        self,
        plan: BlockPlan,
        block: Block,
        table: Table,
        stateful: Mapping[str, bool],
        taken: Iterable[str] = (),
    ) -> None:
        self.plan, self.block, self.table, self.stateful = plan, block, table, stateful
        self.memories: Mapping[str, MemoryPlan] = {m.name: m for m in plan.memories}
        self.uses = Counter(arg for value in block.values for arg in value.args)
        self.uses[block.result] += 1
        self.roles = _roles(block)
        self.known: dict[int, Code] = {}
        self.slots = slots(block)
        self.numbers = numbers(block.values)
        self.names: set[str] = {*TAKEN, *taken}
        self.statements: list[str] = []
        self.inputs = [self.name(name) for name, _ in block.inputs]
        self.first = self.inputs[0]
        for value, name in zip(block.values, self.inputs, strict=False):
            self.known[value.index] = Code(name)

    def name(self, wanted: str) -> str:
        """A free name; a keyword or a name in use gets a number."""
        stem = wanted.replace(".", "_") or "y"
        name, count = stem, 1
        while name in self.names or keyword.iskeyword(name):
            count += 1
            name = f"{stem}{count}"
        self.names.add(name)
        return name

    def write(self, values: Iterable[Value]) -> None:
        """Statements for these values, in their order."""
        for value in values:
            if value.op != "input":
                self.value(value)

    def value(self, value: Value) -> None:
        """Its statements, marked with the line of the spec that they come from."""
        before = len(self.statements)
        self.state(value)
        self.statements[before:] = [self.marked(line, value) for line in self.statements[before:]]

    def returned(self, state: str) -> str:
        value = self.block.values[self.block.result]
        return self.marked(f"return {self.text(value.index)}{state}", value)

    def marked(self, statement: str, value: Value) -> str:
        while value.op in RESHAPES:
            value = self.block.values[value.args[0]]
        return statement if MARK in statement else marked(statement, value.span)

    def state(self, value: Value) -> None:
        if value.op in ("read", "write", "apply"):
            self.verb(value, self.memories[value.target])
        elif value.op == "call":
            self.call(value)
        elif carries(value.op):
            self.carried(value)
        else:
            self.keep(value, self.op(value))

    def op(self, value: Value) -> Code:
        args = [self.code(arg) for arg in value.args]
        if value.index in self.numbers and value.op in FUNCTIONS:
            return Code(self.table.numbers[value.op].format(args[0].text))
        names: dict[str, object] = {
            **value.attributes,
            "module": f"self.{value.owner}",
            "first": self.first,
            "clock": self.clock,
            "options": _options(value, self.table),
        }
        if value.op == "unembed" and value.attributes.get("tied"):
            table = next((v.owner for v in self.block.values if v.op == "embed"), "embed")
            return Code(f"F.linear({args[0].text}, self.{table}.weight)")
        return self.table.apply(value.op, args, **names)

    def keep(self, value: Value, code: Code) -> None:
        """Write it in place if it is used once and short, otherwise give it a name."""
        simple = value.op in ("number", "input", "layer")
        simple = simple or (value.op in RESHAPES and not self.uses[value.index])  # undone at once
        once = self.uses[value.index] <= 1 and not value.name
        if simple or (once and len(code.text) <= WIDTH - 30):
            self.known[value.index] = code
        else:
            self.assign(value, code.text)

    def assign(self, value: Value, text: str, wanted: str = "") -> None:
        name = self.name(value.name or wanted or self.wanted(value))
        self.statements.append(f"{name} = {text}")
        self.known[value.index] = Code(name)

    def wanted(self, value: Value) -> str:
        """What to call a value that the spec did not name."""
        if value.index in self.roles:
            return self.roles[value.index]
        if value.owner:
            return value.owner
        if value.target:
            return f"{value.target}_out"
        if value.op in RESHAPES:
            return self.wanted(self.block.values[value.args[0]])
        return f"{value.memory}_{value.op}" if value.memory else value.op

    def code(self, index: int) -> Code:
        return self.known[index]

    def text(self, index: int) -> str:
        return self.known[index].text

    def named(self, index: int, wanted: str, short: int = 24) -> str:
        """The value under a name of its own, for calls that take many; what is short may stay as it is."""
        found = self.known[index].text
        if found.isidentifier() or len(found) <= short:
            return found
        name = self.name(wanted)
        self.statements.append(self.marked(f"{name} = {found}", self.block.values[index]))
        self.known[index] = Code(name)
        return name

    def carried(self, value: Value) -> None:
        """An op that looks at earlier tokens: it has a slot of the state."""
        slot = self.slots[value.index]
        name = self.name(value.name or value.owner.replace(".", "_"))
        past = f'{self.past}["{slot}"], {self.clock}'
        self.statements.append(
            f'{name}, state["{slot}"] = self.{value.owner}({self.text(value.args[0])}, {past})'
        )
        self.known[value.index] = Code(name)

    past = "before"
    """The state that reads see: as it stood before this moment's writes."""
    clock = "clock"
    """What says when the tokens come."""

    def call(self, value: Value) -> None:
        args = ", ".join(self.text(arg) for arg in value.args)
        name = self.name(value.name or value.owner)
        member = value.owner
        several, carries = int(value.attributes["count"]) > 1, self.stateful[value.target]
        line = f"repeat(self.{member}, {args}" if several else f"self.{member}({args}"
        if carries:
            slot = self.slots[value.index]
            self.statements.append(f'{name}, state["{slot}"] = {line}, {self.past}["{slot}"], {self.clock})')
        elif several:
            first, *others = (self.text(arg) for arg in value.args)
            again = ", ".join([name, *others])
            each = f"for layer in self.{member}:", f"    {name} = layer({again})"
            self.statements += [f"{name} = {first}", *each]
        else:
            self.statements.append(f"{name} = {line})")
        self.known[value.index] = Code(name)

    def streams(self, value: Value, memory: MemoryPlan, wanted: Iterable[str]) -> str:
        """`keys=…, values=…` for a memory's method, in the order of its roles."""
        parts: list[str] = []
        for role in wanted:
            index = value.arg(role)
            if index is not None:
                parts.append(self.named(index, f"{memory.identifier}_{role}"))
        return ", ".join(parts)

    def writes(self, memory: MemoryPlan) -> list[Value]:
        """The writes of a moment to this memory, in the order of the text."""
        return [v for v in self.block.values if v.target == memory.name and v.op in ("write", "apply")]

    @abstractmethod
    def verb(self, value: Value, memory: MemoryPlan) -> None:
        """Statements for a read, a write or both of this memory."""


def _roles(block: Block) -> dict[int, str]:
    """What memories use a value as: `main_queries`, or `keys` where it is that for several."""
    found: dict[int, list[tuple[str, str]]] = {}
    for value in block.values:
        for role, arg in zip(value.roles, value.args, strict=False):
            found.setdefault(arg, []).append((value.target.replace(".", "_"), role))
    out: dict[int, str] = {}
    for index, uses in found.items():
        roles, memories = {role for _, role in uses}, {memory for memory, _ in uses}
        if len(roles) == 1:
            role = roles.pop()
            out[index] = f"{memories.pop()}_{role}" if len(memories) == 1 else role
    return out


def _options(value: Value, table: Table) -> str:
    """`, name=value` for every argument of an op that is not as it is by default, nor said at its place."""
    part = find("op", value.op)
    fields = part.model_fields if part else {}
    changed = {name: field for name, field in fields.items() if value.attributes.get(name) != field.default}
    changed = [name for name in changed if f"{{{name}}}" not in table.ops[value.op]["code"]]
    return "".join(f", {name}={value.attributes[name]!r}" for name in changed if name in value.attributes)


def slots(block: Block) -> dict[int, str]:
    """The state's names of ops that carry something, and of calls: each use has a past of its own."""
    out: dict[int, str] = {}
    uses: Counter[str] = Counter()
    taken = {memory.identifier for memory in block.memories}
    for value in block.values:
        if value.op == "call" or carries(value.op):
            uses[value.owner] += 1
            again = f"_use{uses[value.owner]}" if uses[value.owner] > 1 else ""
            stem = value.owner.replace(".", "_") + again
            numbered = (f"{stem}_{number}" for number in count(2))
            name = next(name for name in chain([stem], numbered) if name not in taken)
            taken.add(name)
            out[value.index] = name
    return out
