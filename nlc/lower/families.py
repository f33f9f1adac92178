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
            and self.memory.structure.holds == "matrix"
            and (self.slope == 0.0 or (self.slope is not None and anchored_each_token))
        )


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
    if t.memory.windowed and t.slope == 0.0 and not deep:
        return Choice("dual", "a window of gradients that read no state: a banded mask and sums with decay")
    reason = "the structure is not linear" if deep else "the gradient is taken at an earlier state"
    if t.memory.anchor.count > 1:
        return Choice("dual", f"{reason}: gradients of a whole period at its anchor")
    affine = "a write takes the gradients of a window" if t.memory.windowed else ""
    affine = affine or "the residual is not affine in the prediction"
    trait = "the structure is not linear" if deep else affine
    return Choice(
        "dual",
        f"{trait}, and gradients are taken at every token",
        "token by token; an `anchor` of more tokens makes it chunk-parallel",
    )


RULES: tuple[Callable[[Traits], Choice | None], ...] = (_parameter, _level, _attention, _scan, _dual)


def choose(memory: Memory, slope: float | None) -> Choice:
    """The first family that accepts; the last one accepts all."""
    traits = Traits(memory, slope)
    return next(choice for rule in RULES if (choice := rule(traits)))
