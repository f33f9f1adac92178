"""Which kernel family serves a memory: the first rule that accepts, by traits, never by names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nlc.ir.plan import Family
from nlc.ir.system import Memory


@dataclass(frozen=True)
class Choice:
    """A family, why it serves, and why it is slow where it is."""

    family: Family
    why: str
    slow: str = ""


@dataclass(frozen=True)
class Traits:
    """What the families ask about a memory."""

    memory: Memory
    slope: float | None

    @property
    def exact(self) -> bool:
        """The state is affine in its own past within a chunk, so the recurrence has a closed form."""
        anchored_each_token = self.memory.anchor.count == 1
        one_pair = not self.memory.windowed
        return (
            one_pair
            and not self.maps
            and self.memory.structure.holds == "matrix"
            and (self.slope == 0.0 or (self.slope is not None and anchored_each_token))
        )

    @property
    def free(self) -> bool:
        """Whether gradients read no state, so that it does not matter at which they are taken."""
        return self.slope == 0.0 and self.memory.structure.holds == "matrix"

    @property
    def maps(self) -> str:
        """What is a map of a state and not the state: in words, or nothing."""
        if self.memory.optimizer.maps is not None:
            return f"`{self.memory.optimizer.name}` adds a map of its sum"
        if self.memory.retention.maps is not None:
            return f"readers see a map of the state, `{self.memory.retention.name}`"
        return ""


def _parameter(t: Traits) -> Choice | None:
    if t.memory.is_task and t.memory.update.unit == "step":
        return Choice("parameter", "an ordinary layer: the model's optimizer writes it")
    return None


def _level(t: Traits) -> Choice | None:
    if t.memory.is_task:
        return Choice("level", "frozen between landings: plain matrix products with weights of each sequence")
    return None


def _attention(t: Traits) -> Choice | None:
    if t.memory.structure.holds == "cache":
        return Choice("attention", "the minimiser is known: scaled dot product attention")
    return None


def _states(t: Traits) -> Choice | None:
    if t.memory.optimizer.maps is None and (not t.maps or t.memory.update.count > 1):
        return None
    if t.memory.anchor.count == 1 and not t.free:
        return Choice("states", f"{t.maps}, and gradients are taken at every token", _BY_TOKEN)
    at = "gradients that read no state" if t.free else "gradients at its anchor"
    why = f"{t.maps}, at every token: the states of all tokens of a period, from {at}"
    return Choice("states", why, "holds the states of a period's tokens, or of a tile's, all at once")


def _regression(t: Traits) -> Choice | None:
    if t.memory.regresses:
        system = f"a system of {t.memory.sizes[0]} equations a token and head"
        return Choice("regression", f"least squares over all pairs: two sums with decay, and {system}")
    return None


def _scan(t: Traits) -> Choice | None:
    if not t.exact:
        return None
    if t.slope == 0.0 and t.memory.erase is None:
        return Choice("scan", "the residual does not read the prediction: sums with decay, chunk by chunk")
    if t.slope == 0.0:
        return Choice("scan", "what is erased is linear in the matrix: a triangular solve a chunk")
    return Choice("scan", "the residual is affine in the prediction of a matrix: a triangular solve a chunk")


def _dual(t: Traits) -> Choice:
    deep = t.memory.structure.holds == "mlp"
    if t.free and t.memory.windowed:
        return Choice("dual", "a window of gradients that read no state: a banded mask and sums with decay")
    reason = "the structure is not linear" if deep else t.maps or "the gradient is taken at an earlier state"
    if t.memory.anchor.count > 1:
        return Choice("dual", f"{reason}: gradients of a whole period at its anchor")
    if t.free:
        return Choice("dual", f"{reason}; gradients read no state, and sums with decay serve")
    affine = "a write takes the gradients of a window" if t.memory.windowed else t.maps
    trait = (
        "the structure is not linear" if deep else affine or "the residual is not affine in the prediction"
    )
    return Choice("dual", f"{trait}, and gradients are taken at every token", _BY_TOKEN)


_BY_TOKEN = "token by token; an `anchor` of more tokens makes it chunk-parallel"

RULES: tuple[Callable[[Traits], Choice | None], ...] = (
    _parameter,
    _level,
    _attention,
    _regression,
    _states,
    _scan,
    _dual,
)


def choose(memory: Memory, slope: float | None) -> Choice:
    """The first family that accepts; the last one accepts all."""
    traits = Traits(memory, slope)
    return next(choice for rule in RULES if (choice := rule(traits)))
