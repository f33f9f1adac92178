"""Points of a sweep, checked and priced before any of them runs; needs no torch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256

from nlc.report import Diagnostic, SpecError
from nlc.run.stages import Stages

BYTES = 256
"""The vocabulary that text as bytes needs."""


@dataclass(frozen=True)
class Point:
    """One choice of values and what it would cost.

    values       of what is walked, as text
    stages       the spec at these values
    hash         of mathematics, schedule and the package made of them: equal for points that are one
                 system; empty if refused
    code         of the first diagnostic of a refused point; may be empty
    message      why it is refused
    twin         the values of an earlier point that is the same system
    state_bytes  of one sequence at the length that is trained
    flops        of matrix products a token, forward
    """

    values: Mapping[str, str]
    stages: Stages
    hash: str = ""
    code: str = ""
    message: str = ""
    twin: Mapping[str, str] | None = None
    parameters: int = 0
    state_bytes: int = 0
    flops: float = 0.0
    warnings: tuple[Diagnostic, ...] = field(default=(), repr=False)

    @property
    def refused(self) -> bool:
        return not self.hash

    @property
    def runs(self) -> bool:
        """Whether there is anything to train that no earlier point trains."""
        return bool(self.hash) and self.twin is None


def price(base: Stages, grid: Iterable[Mapping[str, str]]) -> list[Point]:
    """Each point of the grid as the spec with these values on top of the settings of `base`."""
    points: list[Point] = []
    first: dict[str, Point] = {}
    for values in grid:
        point = _price(values, replace(base, settings={**base.settings, **values}))
        if point.hash in first:
            point = replace(point, twin=first[point.hash].values)
        elif point.hash:
            first[point.hash] = point
        points.append(point)
    return points


def _price(values: Mapping[str, str], stages: Stages) -> Point:
    from nlc.lock import schedule_hash

    try:
        plan, system = stages.plan, stages.system
        made = (system.semantic_hash, schedule_hash(stages.project, system.settings), *stages.files.values())
    except SpecError as wrong:
        first, *more = wrong.report.errors
        also = f" (and {len(more)} more)" if more else ""
        return Point(values, stages, code=first.code, message=first.message + also)
    if system.kind == "block":
        why = "this spec is a layer, not a model: to train it, end it with a `model` form"
        return Point(values, stages, message=why)
    if system.vocab < BYTES:
        why = f"bytes need a vocabulary of {BYTES}; this model has {system.vocab}"
        return Point(values, stages, message=why)
    return Point(
        values,
        stages,
        sha256("\0".join(made).encode()).hexdigest(),
        parameters=plan.parameters,
        state_bytes=plan.state_bytes,
        flops=plan.flops,
        warnings=tuple(system.report.sorted()),
    )
