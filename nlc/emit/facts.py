"""Facts about the blocks of a plan that several files of the package need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nlc.emit.table import Table, literal, table
from nlc.emit.wrap import marked
from nlc.ir.plan import BlockPlan, MemoryPlan, Plan
from nlc.ir.system import Block, Value
from nlc.lower.chain import Chain
from nlc.lower.chains import chains
from nlc.parts.part import Op
from nlc.parts.registry import find

MODULES = ("Conv", "Count", "Embedding", "Gate", "GroupNorm", "Linear", "Poly", "Position", "Shift", "Weight")
"""The classes of `layers.py` that own what an op needs."""
GATES = ("rate", "beta", "keep", "erase", "counts", "ridge")
"""The roles whose numbers bfloat16 cannot tell from 0 or 1."""


@dataclass(frozen=True)
class Package:
    """A plan with what follows from it: which blocks carry state, which hold levels."""

    plan: Plan
    table: Table
    sources: Mapping[str, Block]
    stateful: Mapping[str, bool]
    levelled: Mapping[str, bool]
    head: str
    backend: str = "torch"
    chains: Mapping[str, tuple[Chain, ...]] = field(default_factory=dict[str, tuple[Chain, ...]])
    """By block: lines that are one kernel on a GPU; none for the backend torch."""

    @property
    def base(self) -> tuple[str, str]:
        """The module and the class that the outermost block is a kind of."""
        if self.plan.level_period:
            return "learner", "Learner"
        return "sequence", "Model" if self.plan.system.kind == "model" else "Layer"

    @property
    def second_order(self) -> bool:
        return any(m.second_order for block in self.plan.blocks for m in block.memories)

    @property
    def renews(self) -> bool:
        """Whether a level that learns in the sequence starts again."""
        return any(m.renew for block in self.plan.blocks for m in block.memories if m.family == "level")

    def place(self, block: BlockPlan, memory: MemoryPlan) -> str:
        """Where the spec says what this memory is."""
        return self.sources[block.name].memory(memory.name).span.place

    def is_last(self, block: BlockPlan) -> bool:
        return block is self.plan.blocks[-1]


def describe(plan: Plan, head: str, backend: str = "torch") -> Package:
    """The package of a plan; `head` says where it came from."""
    sources = {block.name: block for block in plan.system.blocks}
    stateful: dict[str, bool] = {}
    levelled: dict[str, bool] = {}
    for block in plan.blocks:
        values = sources[block.name].values
        called = [value.target for value in values if value.op == "call"]
        families = {m.family for m in block.memories}
        own = bool(families - {"parameter"}) or any(clocked(value.op) for value in values)
        stateful[block.name] = own or any(stateful[name] for name in called)
        levelled[block.name] = "level" in families or any(levelled[name] for name in called)
    found = chains(plan) if backend == "triton" else {}
    return Package(plan, table("torch"), sources, stateful, levelled, head, backend, found)


def carries(op: str) -> bool:
    """Whether the op looks at earlier tokens, so that a state goes in and comes out."""
    found = find("op", op)
    return found is not None and issubclass(found, Op) and found.carries


def clocked(op: str) -> bool:
    """Whether the op looks at earlier tokens or asks when this one comes: it needs the clock."""
    found = find("op", op)
    return found is not None and issubclass(found, Op) and (found.carries or found.timed)


def modules(package: Package, block: BlockPlan, owner: str) -> list[str]:
    """Lines that make the modules of ops: those of the memory `owner`, or the block's own for ''."""
    source = package.sources[block.name]
    lines: dict[str, str] = {}
    for value in source.values:
        stem, _, leaf = value.owner.rpartition(".")
        if value.op == "call" or not value.owner or stem != owner or leaf in lines:
            continue
        made = _module(value, source, package.table)
        if made:
            lines[leaf] = marked(f"self.{leaf} = {made}", value.span)
    return list(lines.values())


def _module(value: Value, source: Block, used: Table) -> str:
    kind = find("op", value.op)
    assert kind is not None and issubclass(kind, Op)
    op = kind(**value.attributes)
    inputs = tuple(source.values[i].shape for i in value.args)
    shapes = {**op.buffers(inputs), **op.parameters(inputs)}
    names: dict[str, Any] = {"input": inputs[0][-1] if inputs and inputs[0] else 0, **value.attributes}
    for name, shape in shapes.items():
        names |= {f"{name}_{axis}": size for axis, size in enumerate(shape)}
    row = "gate" if value.owner in _gates(source) else value.op
    row = next((f"{row}.{name}" for name in ("bias", "end") if name in value.attributes), row)
    written = {name: literal(value) for name, value in names.items()}
    shared = bool(value.attributes.get("tied"))  # what it uses is made elsewhere
    return used.modules[row].format(**written) if row in used.modules and not shared else ""


def _gates(source: Block) -> set[str]:
    """Owners of the linear layers that rates, momenta and what is kept are made of."""
    waiting = [value.arg(role) for value in source.values for role in GATES]
    found: set[str] = set()
    seen: set[int] = set()
    while waiting:
        index = waiting.pop()
        if index is None or index in seen:
            continue
        seen.add(index)
        value = source.values[index]
        if value.op == "linear":
            found.add(value.owner)
        elif value.op not in ("read", "apply", "call") and not carries(value.op):
            waiting.extend(value.args)
    return found
