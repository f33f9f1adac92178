"""Decisions, no code: which kernel family serves each memory, what it holds, what runs together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from nlc.ir.system import Operand, System, Value
from nlc.spec.expr import Expr

Family = Literal["scan", "dual", "states", "regression", "attention", "level", "parameter"]
Target = Literal["zero", "init", "anchor"]


@dataclass(frozen=True)
class Buffer:
    """A tensor of one sequence's state; `shape` is without the batch. float32 unless said."""

    name: str
    shape: tuple[int, ...]
    bytes_each: int = 4

    @property
    def bytes(self) -> int:
        total = self.bytes_each
        for size in self.shape:
            total *= size
        return total


@dataclass(frozen=True)
class Map:
    """A function of a whole state: a row `[map]` of every backend, and the numbers that it takes."""

    name: str
    arguments: Mapping[str, float]


@dataclass(frozen=True)
class MemoryPlan:
    """One memory, ready to be written: everything that its template asks for.

    Streams come to it as (batch, tokens, heads, size); numbers a token as (batch, tokens, heads).

    sizes     per head, from the key's to the value's: matrix (K, V), mlp (K, hidden…, V)
    weights   (outputs, inputs) of each weight of a head; with `bias` the last input is always 1
    gated     the first two weights stand side by side: W₃ (s(W₁ k) ⊙ W₂ k)
    residual  ∂loss/∂p as an expression in `p`, `v` and `extras`; `slope` is its derivative by p when
              that is one number (affine: 1 for l2, 0 for dot), None when it is not
    rate, beta, keep, erase   a number, the role of a stream, or None (absent)
    axis      the axis that keep lies on when it is a stream per channel: "keys" or "values"
    ridge     as rate: what large weights cost where the minimiser itself is asked, family `regression`
    erase_keys, erase_axis   the role of the keys that are erased, the keys' own if None; "keys" where
              erase is a stream per channel of them
    sees_itself   whether a token's read sees its own write (only where update is every token)
    """

    name: str
    identifier: str
    class_name: str
    text: str
    equation: tuple[str, ...]
    family: Family
    why: str
    structure: Literal["matrix", "mlp", "cache"]
    heads: int
    sizes: tuple[int, ...]
    weights: tuple[tuple[int, int], ...] = ()
    bias: bool = False
    gated: bool = False
    activation: str = "gelu"
    shortcut: bool = False
    norm: bool = False
    scaled: bool = False
    """Whether the norm has a scale and a shift that the model's optimizer learns."""
    eps: float = 1e-5
    loss: Expr | None = None
    residual: Expr | None = None
    slope: float | None = None
    extras: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    """The roles that `extras` stand for: generated text never uses a user's name here."""
    extra_sizes: tuple[int, ...] = ()
    """Numbers a head in each of the extras."""
    optimizer: str = "sgd"
    rate: Operand = None
    beta: Operand = None
    steps: int = 1
    """Pairs that a token writes, one after the other: keys, values and rate have so many times the heads."""
    erase: Operand = None
    erase_layers: Literal["all", "last", "none"] = "all"
    erase_keys: str | None = None
    erase_axis: Literal["", "keys"] = ""
    keep: Operand = None
    ridge: Operand = None
    keep_to: Target = "zero"
    keep_first: bool = False
    axis: Literal["", "keys", "values"] = ""
    view: Map | None = None
    """What readers and gradients see of the running state; None: the state itself."""
    push: Map | None = None
    """What is added to the state in place of the momentum S, or of a step; None: that itself."""
    init: Literal["zeros", "learned"] = "zeros"
    renew: int = 0
    update: int = 1
    """Tokens between landings: when readers see what was written. Steps for family `parameter`."""
    anchor: int = 1
    """Tokens between the states at which gradients are taken."""
    segment: int = 0
    """Tokens between the states that `m.read` sees beside `m(x)`; 0: both see the same."""
    sees_itself: bool = True
    tile: int = 64
    launch: Mapping[str, int] = field(default_factory=dict[str, int])
    """What the spec's schedule says of its kernels: `tokens` of a chunk, `warps`, `stages`."""
    window: int = 0
    """Cache: how many of the last pairs are kept (0: all). Others: how many a write takes the gradient of."""
    counts: Operand = None
    """How much each pair counts in the windows that hold it; None: all the same."""
    key_heads: int = 0
    """Cache: heads of keys and values (0: as many as `heads`)."""
    sinks: int = 0
    """Cache: the stream's first tokens that stay visible beside the window."""
    slots: int = 0
    """Cache: learned pairs that all tokens see."""
    pairs: int = 1
    """Cache: pairs that a token writes; in its state they stand one behind the other."""
    second_order: bool = False
    together: bool = False
    """Whether it is written period by period, because memories read one another or themselves."""
    buffers: tuple[Buffer, ...] = ()
    parameters: int = 0
    flops: float = 0.0
    """Matrix-product FLOPs a token, forward, its rule and reads only."""
    slow: str = ""
    """Why this is a slow path; empty when it is not."""

    @property
    def roles(self) -> tuple[str, ...]:
        """What comes to a write besides keys, values and `extras`, in the order of its arguments."""
        found = (self.rate, self.beta, self.keep, self.erase, self.erase_keys, self.counts)
        return tuple(dict.fromkeys(role for role in found if isinstance(role, str)))

    @property
    def asks(self) -> tuple[str, ...]:
        """What comes to a read, in the order of its arguments."""
        return ("queries", "ridge") if isinstance(self.ridge, str) else ("queries",)

    @property
    def thin(self) -> bool:
        """Whether a gate for every channel of a key lies on few values: the states of all tokens are then
        less than what the tokens of a run would have to say about one another."""
        sums = self.slope == 0 and self.beta is None and self.erase is None and self.steps == 1
        return self.family == "scan" and self.axis == "keys" and sums and self.sizes[-1] <= 4

    @property
    def erases_apart(self) -> bool:
        """Whether what is erased has keys or rates of its own, or goes with a fraction for each channel."""
        own = self.axis or self.erase_keys or self.erase_axis
        return self.erases and bool(own)

    @property
    def erases(self) -> bool:
        """Whether a write takes away what the state answers to its key."""
        return self.erase is not None and self.erase_layers != "none"

    @property
    def decays(self) -> bool:
        """Whether it forgets at all: at every token towards the state itself is to keep it."""
        return self.keep is not None and not (self.keep_to == "anchor" and self.anchor == 1)

    @property
    def target(self) -> Target:
        """What forgetting goes to; a state is told as its difference to that."""
        there = self.keep_to == "anchor" or self.init == "learned"
        return self.keep_to if self.decays and there else "zero"

    @property
    def anchored(self) -> Literal["anchor", "visible", "layer"]:
        """Which copy of the state gradients are taken at."""
        if any(buffer.name == "anchor1" for buffer in self.buffers):
            return "anchor"
        return "visible" if 1 < self.anchor == self.update else "layer"

    @property
    def windowed(self) -> bool:
        """Whether a write takes the gradients of several pairs, or weighs those that it takes."""
        return self.family != "attention" and (self.window > 1 or self.counts is not None)

    @property
    def each_token(self) -> bool:
        """Family dual: whether a gradient reads the state that the token before it left."""
        free = self.structure == "matrix" and self.slope == 0
        return self.anchor == 1 and not free


@dataclass(frozen=True)
class Straight:
    """Values computed for all tokens at once."""

    values: tuple[Value, ...]


@dataclass(frozen=True)
class Together:
    """Values computed period by period, because memories among them read one another.

    `periods`: the run of tokens is cut where the position is a multiple of any of these.
    `memories`: the identifiers that are written or land inside. `given` and `kept` are the indices
    of streams that come in and that later lines need.
    """

    values: tuple[Value, ...]
    periods: tuple[int, ...]
    memories: tuple[str, ...]
    given: tuple[int, ...]
    kept: tuple[int, ...]


@dataclass(frozen=True)
class BlockPlan:
    """One block: its class, its memories, and its lines in an order that runs."""

    name: str
    class_name: str
    text: str
    memories: tuple[MemoryPlan, ...]
    stages: tuple[Straight | Together, ...]
    result: int
    calls: Mapping[str, str]


@dataclass(frozen=True)
class Plan:
    """The whole system, ready for a backend."""

    system: System
    blocks: tuple[BlockPlan, ...]
    level_period: int
    """The model's fastest in-sequence task period in tokens; 0 when there is none."""
    length: int
    parameters: int
    state_bytes: int
    flops: float
