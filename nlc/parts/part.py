"""The six kinds of part, abstract; every final part is one file in the folder of its kind."""

from __future__ import annotations

from abc import ABC, abstractmethod
from itertools import pairwise
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from nlc.ir.system import Shape

Size = Annotated[int, Field(gt=0, le=2**31)]


def _at_least_zero(value: float | str) -> float | str:
    if not isinstance(value, str) and value < 0:
        raise ValueError("it must be at least 0")
    return value


def _fraction(value: float | str) -> float | str:
    if not isinstance(value, str) and not 0 <= value <= 1:
        raise ValueError("it is between 0 and 1")
    return value


def _above_zero(value: float | str) -> float | str:
    if not isinstance(value, str) and value <= 0:
        raise ValueError("it must be above 0")
    return value


Rate = Annotated[float | str, AfterValidator(_at_least_zero)]
"""A number, or the role of a stream (`lr=linear(x, 1) |> sigmoid`)."""

Fraction = Annotated[float | str, AfterValidator(_fraction)]
"""The same, between 0 and 1."""

Positive = Annotated[float | str, AfterValidator(_above_zero)]
"""The same, above 0."""

Stream = Annotated[str, Field(description="computed at every token")]
"""The role of a stream: never a number."""


class ShapeError(Exception):
    """Shapes that do not fit; the checker adds the place and where each shape came from."""


class Part(BaseModel):
    """A word of the vocabulary. Fields are its arguments, in the order in which they may be
    written without a name; the docstring is its documentation, and ends with its source."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, protected_namespaces=(), defer_build=True
    )

    kind: ClassVar[str]
    name: ClassVar[str]
    equation: ClassVar[str] = ""
    means: ClassVar[str] = ""
    """What a part of a person's own stands for, as text of the language in its own arguments: another
    part of its kind, or for an op an expression in its stream `x`."""
    streams: ClassVar[dict[str, str]] = {}
    """Arguments that may be computed at every token, and the role each plays in a write."""

    @classmethod
    def part_at(cls, argument: str) -> type[Part] | None:
        """The kind of part that an argument is; None where it is a number or a word."""
        found = cls.model_fields[argument].annotation
        return found if isinstance(found, type) and issubclass(found, Part) else None

    @classmethod
    def plain(cls) -> Self | None:
        """The part with its default arguments; None where one must be given."""
        needs = any(field.is_required() for field in cls.model_fields.values())
        return None if needs else cls()


class Structure(Part):
    """What holds the state. `sizes` runs from a head's key to its value."""

    kind: ClassVar[str] = "structure"
    holds: ClassVar[Literal["matrix", "mlp", "cache", "tensor"]]
    heads: Annotated[Size, Field(description="equal parts of the stream, each with a state of its own")] = 1

    def sizes(self, width: int) -> tuple[int, ...]:
        """Sizes per head for an input of `width` numbers; raises ShapeError."""
        raise NotImplementedError(f"`{self.name}` has no sizes: what it means has them")

    def weights(self, sizes: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
        """(outputs, inputs) of each weight of a head, in the order in which the state has them."""
        return tuple((wide, narrow) for narrow, wide in pairwise(sizes))

    def per_head(self, width: int, what: str) -> int:
        if width % self.heads:
            raise ShapeError(f"{what} of size {width} cannot be shared by {self.heads} heads")
        return width // self.heads


class Objective(Part):
    """What a write improves: a loss in the prediction `p` and the value `v`, as text of the language.

    A vector result is summed. None: the loss is not the memory's own (`task`).
    """

    kind: ClassVar[str] = "objective"
    loss: ClassVar[str | None] = None

    @classmethod
    def gives_loss(cls) -> bool:
        """Whether the loss is the part's own."""
        return cls.loss is not None or cls.expression is not Objective.expression

    def expression(self) -> str | None:
        """The loss with the part's numbers put in."""
        return self.loss

    def argument(self, name: str) -> str:
        """How a loss says an argument: as the number that it is, or by its name where it is a stream."""
        value = getattr(self, name)
        return name if isinstance(value, str) else repr(value)


class Optimizer(Part):
    """How a write is made of the inner gradient."""

    kind: ClassVar[str] = "optimizer"
    momentum: ClassVar[bool] = False
    erases: ClassVar[bool] = False
    maps: ClassVar[tuple[str, ...] | None] = None
    """Where a map of S is added to the state instead of S: the map's arguments."""
    closed: ClassVar[bool] = False
    """The minimiser itself, not a step towards it."""


class Retention(Part):
    """What is kept of the old state."""

    kind: ClassVar[str] = "retention"
    maps: ClassVar[tuple[str, ...] | None] = None
    """Where readers and gradients see a map of the state instead of the state: the map's arguments."""


class Mapped(Retention):
    """A fraction of the state A is kept, and readers and gradients see W, a map of it."""

    streams: ClassVar[dict[str, str]] = {"fraction": "keep"}
    fraction: Annotated[
        Fraction, Field(description="the kept fraction of A; may differ from token to token")
    ] = 1.0
    to: Annotated[
        Literal["zero", "init"], Field(description="where the rest goes: nothing, or the learned start")
    ] = "zero"


class Init(Part):
    """Where the first state comes from."""

    kind: ClassVar[str] = "init"


class Op(Part, ABC):
    """A function of streams. `inputs` streams come first, then the arguments.

    `by_head`: it acts along a vector, so in the fields of a memory with heads it acts on each
    head's part. `carries`: it needs earlier tokens, and has buffers. `timed`: it asks when the token comes.
    """

    kind: ClassVar[str] = "op"
    inputs: ClassVar[int] = 1
    by_head: ClassVar[bool] = False
    owns: ClassVar[bool] = False
    carries: ClassVar[bool] = False
    timed: ClassVar[bool] = False
    pointwise: ClassVar[bool] = False
    in_losses: ClassVar[bool] = False
    """Whether an objective may be made of it: nlc can differentiate it."""
    preserves: ClassVar[bool] = False
    """The result has the input's shape, so what a place wants of it is wanted of the input."""

    def settle(self, inputs: tuple[Shape, ...], want: Shape | None) -> Self:
        """The op with what it left open filled in from its inputs and the shape wanted of it."""
        return self

    @abstractmethod
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """The result's shape at one token; raises ShapeError."""

    def parameters(self, inputs: tuple[Shape, ...]) -> dict[str, Shape]:
        """Names and shapes of what it learns."""
        return {}

    def buffers(self, inputs: tuple[Shape, ...]) -> dict[str, Shape]:
        """Names and shapes of what it carries from token to token, for one sequence."""
        return {}

    def flops(self, inputs: tuple[Shape, ...]) -> int:
        """Matrix-product FLOPs at one token."""
        return 0


class Pointwise(Op):
    """A function of each number; `derivative` is its derivative as text of the language, by `x`."""

    pointwise: ClassVar[bool] = True
    in_losses: ClassVar[bool] = True
    preserves: ClassVar[bool] = True
    derivative: ClassVar[str]

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return inputs[0]
