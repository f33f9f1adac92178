"""A checked spec: names resolved, families unrolled, shapes and periods known.

A block is a straight line of values in single-assignment form, in the order of the text.
Every value is a stream over tokens; its shape is the shape at one token: `()` a number,
`(n,)` a vector, `(h, n)` a vector a head. Reads, writes and calls of other blocks are values too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nlc.lock import Origin
from nlc.report import Report
from nlc.source import NOWHERE, Span
from nlc.spec.expr import Expr
from nlc.spec.file import Form
from nlc.spec.time import Period

if TYPE_CHECKING:
    from nlc.parts.part import Init, Objective, Optimizer, Retention, Structure

Shape = tuple[int, ...]
Attribute = int | float | str | bool

EXTRA = "loss."
"""Stands before the role of a stream that an objective mentions: it may be called `rate`, and is none."""


@dataclass(frozen=True)
class Value:
    """One line of a block.

    op      `input`, `number`, the name of an op part, or a verb: `read`, `write`, `apply` (write,
            then read: a token sees itself), `call` (a block, `count` times in a row).
    args    indices of earlier values. For verbs `roles` names them: keys, values, queries, rate,
            beta, keep, erase, erase_keys, counts, ridge, and EXTRA with a name that a user's own
            objective mentions.
    target  the memory or the block (an instance's name) that a verb acts on.
    owner   path, inside the block's module, of the module that owns the op's parameters.
    """

    index: int
    op: str
    args: tuple[int, ...]
    shape: Shape
    attributes: Mapping[str, Attribute] = field(default_factory=dict[str, Attribute])
    roles: tuple[str, ...] = ()
    target: str = ""
    owner: str = ""
    name: str = ""
    memory: str = ""
    span: Span = field(default=NOWHERE, compare=False, repr=False)

    def arg(self, role: str) -> int | None:
        """The index of the argument with that role."""
        return self.args[self.roles.index(role)] if role in self.roles else None


Operand = float | str | None
"""A number known now, the role of a stream that brings it token by token, or absent."""


@dataclass(frozen=True)
class Memory:
    """One memory after families are unrolled; `name` is the spec's (`make.key`)."""

    name: str
    form: Form
    width: int
    """Numbers a token in its input."""
    sizes: tuple[int, ...]
    """Per head, from the key to the value."""
    structure: Structure
    objective: Objective
    optimizer: Optimizer
    retention: Retention
    init: Init
    update: Period
    anchor: Period
    renew: int
    """Tokens after which it starts again from its init; 0 is never."""
    rate: Operand
    beta: Operand
    erase: Operand
    erase_keys: str | None
    """The role of the keys along which is erased, where they are not the keys."""
    keep: Operand
    ridge: Operand
    loss: Expr | None
    """The objective as an expression in `p` (prediction), `v` (value) and role names; None for task."""
    window: int = 1
    """How many of the last pairs the objective is summed over."""
    counts: Operand = None
    """How much each pair counts in its windows; None: all the same."""
    span: Span = field(default=NOWHERE, compare=False, repr=False)

    @property
    def identifier(self) -> str:
        return self.name.replace(".", "_")

    @property
    def heads(self) -> int:
        return self.structure.heads

    @property
    def steps(self) -> int:
        """Pairs that a token writes, one after the other."""
        return getattr(self.optimizer, "steps", 1)

    @property
    def weights(self) -> tuple[tuple[int, int], ...]:
        """(outputs, inputs) of each weight of a head; none in a cache."""
        if self.regresses:
            key, value = self.sizes
            return ((value + key, key),)
        return self.structure.weights(self.sizes)

    @property
    def scaled(self) -> bool:
        """Whether its norm has a scale and a shift that the outer optimizer learns."""
        return getattr(self.structure, "norm", False) == "learned"

    @property
    def windowed(self) -> bool:
        """Whether a write takes more than the gradient of its own pair."""
        return self.window > 1 or self.counts is not None

    @property
    def regresses(self) -> bool:
        """Whether it answers by least squares: its state is two sums, of v kᵀ and below it of k kᵀ."""
        return self.optimizer.closed and self.structure.holds == "matrix"

    @property
    def is_task(self) -> bool:
        return self.objective.name == "task"


@dataclass(frozen=True)
class Block:
    """One use of a block with its sizes and choices put in; `name` is unique in the system."""

    name: str
    form: Form
    inputs: tuple[tuple[str, Shape], ...]
    memories: tuple[Memory, ...]
    values: tuple[Value, ...]
    result: int
    calls: Mapping[str, str] = field(default_factory=dict[str, str])
    """Member name in the module → the block instance's name."""
    scan: int = 0
    """Tokens of a segment, at whose start `m.read` sees a memory of this block; 0: no segments."""

    def memory(self, name: str) -> Memory:
        return next(memory for memory in self.memories if memory.name == name)


@dataclass(frozen=True)
class Training:
    """What the model form says of its own memory: objective, optimizer and its arguments, period."""

    objective: str
    optimizer: str
    arguments: Mapping[str, float]
    period: Period


@dataclass(frozen=True)
class System:
    """The whole: blocks in the order in which they are needed, the last one is the outermost.

    `vocab` is 0 for a file whose last form is a block (a layer). `length` is `dim T`, or 0.
    """

    name: str
    kind: str
    blocks: tuple[Block, ...]
    vocab: int
    length: int
    training: Training | None
    settings: Mapping[str, Expr]
    semantic_hash: str
    schedules: Mapping[str, Form] = field(default_factory=dict[str, "Form"])
    """By backend."""
    report: Report = field(default_factory=Report, compare=False)
    text: str = ""
    """The spec as it was read."""
    origin: Origin = field(default_factory=Origin, compare=False)

    @property
    def outermost(self) -> Block:
        return self.blocks[-1]

    def block(self, name: str) -> Block:
        return next(block for block in self.blocks if block.name == name)
