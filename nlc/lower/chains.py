"""The chains of a block: lines that one kernel computes, since nobody else reads what is between them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from math import prod
from typing import cast

from nlc.ir.numbers import numbers
from nlc.ir.plan import BlockPlan, Plan, Straight
from nlc.ir.system import Block, Value
from nlc.lower.chain import Chain, back
from nlc.lower.differentiate import NoDerivative
from nlc.lower.links import NORMS, Links, constant, launches
from nlc.parts.part import Op
from nlc.parts.registry import find
from nlc.spec.expr import Number
from nlc.write.expr import print_expr

ARITHMETIC = ("add", "sub", "mul", "div", "neg")
RESHAPES = ("split", "merge")
SEEN = (*RESHAPES, "share", "expand", "unsqueeze")
"""What is written for the shape's sake: the spec says nothing of it."""
WIDEST, LONGEST, MOST = 8, 8192, 12
"""Tokens that a convolution may look at, numbers that a norm may be along, and lines of a chain: so much fits
on a chip, and may be differentiated in little time."""


def chains(plan: Plan) -> dict[str, tuple[Chain, ...]]:
    """By block, in the order of their results. None where gradients are differentiated again."""
    if any(m.second_order for block in plan.blocks for m in block.memories):
        return {block.name: () for block in plan.blocks}
    sources = {block.name: block for block in plan.system.blocks}
    return {block.name: tuple(_Finder(block, sources[block.name]).found()) for block in plan.blocks}


def uses(plan: Plan) -> Mapping[str, int]:
    """How often each block stands in the whole."""
    found = Counter({plan.blocks[-1].name: 1})
    for block in reversed(plan.system.blocks):
        for value in block.values:
            if value.op == "call":
                found[value.target] += found[block.name] * int(value.attributes["count"])
    return found


def described(chain: Chain) -> dict[str, str | int]:
    """What a plan says of a chain; `instead` is how many launches its torch code is, forward."""
    return {"name": chain.name, "computes": print_expr(chain.said), "launches": 1, "instead": chain.instead}


class _Finder:
    """Grows chains from their last lines upwards, the last of a block first."""

    def __init__(self, plan: BlockPlan, block: Block) -> None:
        self.block, self.values = block, block.values
        self.numbers = numbers(block.values)
        self.stage = {v.index: stage for stage in plan.stages for v in stage.values}
        self.users: dict[int, set[int]] = defaultdict(set)
        for value in (value for stage in plan.stages for value in stage.values):
            for arg in value.args:
                self.users[arg].add(value.index)
        self.users[block.result].add(-1)
        members = {value.owner.partition(".")[0] for value in block.values}
        self.taken = members | {memory.identifier for memory in block.memories}

    def found(self) -> list[Chain]:
        known: set[int] = set()
        out: list[Chain] = []
        for end in reversed(self.values):
            if end.index in known or end.op in RESHAPES or not self._fits(end, prod(end.shape)):
                continue
            members = self._members(end)
            if launches(members) > 1 and (chain := self._chain(members)) is not None:
                known |= set(chain.members)
                out.append(chain)
        return out[::-1]

    def _members(self, end: Value) -> list[Value]:
        """The lines that only feed this one: no more than one norm and one convolution."""
        members, readers = [end], set[int]()
        waiting = {end.index}
        while waiting and sum(member.op not in RESHAPES for member in members) < MOST:
            value = self.values[max(waiting)]  # all that read it were looked at
            waiting.remove(value.index)
            if value is not end:
                same = self.stage.get(value.index) is self.stage[end.index]
                alone = self.users[value.index] <= readers and same and self._fits(value, prod(end.shape))
                if not alone or any(_one_of_each(value, member) for member in members):
                    continue
                members.append(value)
            if value.op != "conv":  # what it reads is not held in rows
                readers.add(value.index)
                waiting |= set(value.args)
        return members[::-1]

    def _fits(self, value: Value, size: int) -> bool:
        """Whether a kernel computes the line: number by number, or along the rows that it holds."""
        if value.index not in self.stage or value.index in self.numbers or size < 2:
            return False
        part = find("op", value.op)
        pointwise = part is not None and cast("type[Op]", part).pointwise
        fit = pointwise or value.op in (*ARITHMETIC, *RESHAPES)
        fit |= value.op in NORMS and value.shape[-1] <= LONGEST
        fit |= value.op == "conv" and int(value.attributes["width"]) <= WIDEST
        return fit and prod(value.shape) == size and all(self._enters(arg, value) for arg in value.args)

    def _enters(self, arg: int, value: Value) -> bool:
        """Whether what comes into a line is as large as the line, a number, or a weight by head."""
        given = self.values[arg]
        if arg in self.numbers:
            return constant(self.values, arg) is not None
        if given.op == "unsqueeze" and self.values[given.args[0]].op == "weight":
            return len(value.shape) == 2 and given.shape == (value.shape[0], 1)
        return prod(given.shape) == prod(value.shape) and given.op != "count"

    def _chain(self, members: list[Value]) -> Chain | None:
        """None where nothing comes in, or nothing goes back to what does."""
        name = self._name(members[-1])
        straight = isinstance(self.stage[members[-1].index], Straight)
        chain = Links(self.values, self.numbers, members).chain(name, straight)
        try:
            if chain is None or Number(0) in back(chain).values():
                return None
        except NoDerivative:
            return None
        self.taken.add(f"{name}_chain")
        return chain

    def _name(self, end: Value) -> str:
        """What the spec calls it, or what a memory uses it as; no other member of the class is called so."""
        seen = end.index  # as its only reader sees it
        while len(users := self.users[seen]) == 1 and self.values[max(users)].op in SEEN and -1 not in users:
            seen = max(users)
        readers = [self.values[user] for user in sorted(users) if user >= 0]
        uses = ((v.target, role, arg) for v in readers for role, arg in zip(v.roles, v.args, strict=False))
        roles = [f"{memory}_{role}" for memory, role, arg in uses if arg == seen]
        stem = end.name or next(iter(roles), "") or "_".join(filter(None, (end.memory, end.op)))
        stem = stem.replace(".", "_")
        names = (stem, *(f"{stem}{number}" for number in range(2, 2 + len(self.values))))
        return next(name for name in names if f"{name}_chain" not in self.taken)


def _one_of_each(value: Value, member: Value) -> bool:
    """Whether a chain has room for only one of the two."""
    return all(v.op in NORMS for v in (value, member)) or value.op == member.op == "conv"
