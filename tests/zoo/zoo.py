"""The systems of the field: one file of `rows` each, and how far the compiled module is from its formula."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from compiled import Compiled, compiled, gradients
from pieces import Weights

HERE = Path(__file__).parent
EXAMPLES = HERE.parents[1] / "examples"
Settings = Mapping[str, int | float | str]
BOUND = 1e-9
"""The largest deviation allowed in float64, relative to the largest number of what is compared."""


@dataclass(frozen=True)
class Row:
    """One system: its spec `examples/SPEC.nl`, and an independent formula of the whole model.

    name        of its file in `rows`; several rows of one spec are compared at different settings
    equation    the docstring of its file: the recurrence as the paper has it
    sizes       settings of the spec at which it is compared; never all choices' defaults but its sizes
    also        further settings, each beside `sizes`: what else the params of the spec may say
    leaves_out  which parts of the published layer the spec leaves out, and why; empty if none
    formula     (parameters by name, token ids (batch, tokens), settings) to scores (batch, tokens, vocab);
                in the file of a row without `ALSO` it takes no settings
    """

    name: str
    stem: str
    system: str
    family: str
    paper: str
    equation: str
    sizes: Settings
    also: tuple[Settings, ...]
    leaves_out: str
    tokens: int
    formula: Callable[[Weights, torch.Tensor, Settings], torch.Tensor]

    @property
    def spec(self) -> Path:
        return EXAMPLES / f"{self.stem}.nl"

    def compiled(self, more: Settings | None = None) -> Compiled:
        text, settings = self.spec.read_text(encoding="utf-8"), {**self.sizes, **(more or {})}
        return compiled(text, **{name: str(value) for name, value in settings.items()})


@cache
def rows() -> tuple[Row, ...]:
    """All of them, by name."""
    return tuple(_row(path) for path in sorted((HERE / "rows").glob("*.py")))


def _row(path: Path) -> Row:
    name = f"zoo_row_{path.stem}"
    place = importlib.util.spec_from_file_location(name, path)
    assert place is not None
    assert place.loader is not None
    file = sys.modules[name] = importlib.util.module_from_spec(place)
    place.loader.exec_module(file)
    return Row(
        path.stem,
        getattr(file, "SPEC", path.stem),
        file.SYSTEM,
        file.FAMILY,
        file.PAPER,
        (file.__doc__ or "").strip(),
        file.SIZES,
        getattr(file, "ALSO", ()),
        file.LEAVES_OUT,
        getattr(file, "TOKENS", 23),
        file.formula if hasattr(file, "ALSO") else lambda w, ids, _: file.formula(w, ids),
    )


@dataclass(frozen=True)
class Errors:
    """The largest deviations from the formula, relative to the largest number."""

    output: float
    gradient: float


def measure(row: Row) -> Errors:
    """The largest of what `compare` finds, over all settings of the row."""
    found = [compare(row, more) for more in ({}, *row.also)]
    return Errors(max(each.output for each in found), max(each.gradient for each in found))


def compare(row: Row, more: Settings) -> Errors:
    """The compiled module against the formula, in float64: scores, and a gradient by every parameter."""
    package = row.compiled(more)
    module, ids = package.module(), package.inputs(2, row.tokens)
    scores, _ = package.run(module, ids)
    expected = row.formula(Weights(dict(module.named_parameters())), ids, {**row.sizes, **more})
    weigh = torch.randn(scores.shape, dtype=scores.dtype, generator=torch.Generator().manual_seed(3))
    found, wanted = (gradients((y * weigh).sum(), module) for y in (scores, expected))
    whole = max(float(g.abs().max()) for g in wanted.values() if g is not None)
    apart = [_gap(found[name], wanted[name], 1e-3 * whole) for name in wanted]
    return Errors(_gap(scores, expected), max(apart))


def _gap(found: torch.Tensor | None, wanted: torch.Tensor | None, floor: float = 0.0) -> float:
    """max |found − wanted| / max |wanted|, where numbers below `floor` count as that; None is zeros."""
    if found is None or wanted is None:
        given = found if wanted is None else wanted
        return 0.0 if given is None else float(given.abs().max() / floor)
    assert found.shape == wanted.shape, (found.shape, wanted.shape)
    found, wanted = found.detach(), wanted.detach()
    return float((found - wanted).abs().max() / wanted.abs().max().clamp(min=max(floor, 1e-300)))
