"""A part tried in a small spec of its own: compiled, run, and held against its reference."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from nlc.check import check
from nlc.check.arguments import part as resolve
from nlc.check.problem import Stopped
from nlc.emit import emit
from nlc.lower import lower
from nlc.parts.meaning import stands_for
from nlc.parts.part import Objective, Op, Part, Structure
from nlc.parts.samples import sample
from nlc.read import read_text
from nlc.report import Report, SpecError
from nlc.run.sources import bring
from nlc.source import NOWHERE

BATCH, TOKENS, SIZE = 2, 10, 8
CLOSE = 1e-9

SPEC = """nl 1
dim d = {size}
block layer(x: [T d]) {{
  memory m(x) {{
    structure: {structure}
    objective: {objective}
    optimizer: {optimizer}
    retention: {retention}
    update:    every token
    anchor:    every 4 tokens
    init:      {init}
  }}
  return m({argument})
}}
"""
PLAIN = {
    "structure": "matrix",
    "objective": "l2",
    "optimizer": "sgd(lr=0.1)",
    "retention": "keep(fraction=0.9)",
    "init": "learned",
    "argument": "x",
}
CACHE = """nl 1
dim d = {size}
block layer(x: [T d]) {{
  memory m(x) {{
    structure: {structure}
    objective: softmax
    optimizer: closed_form
    update:    every token
  }}
  return m(x)
}}
"""
STEPS = ("sgd", "momentum", "dgd")

_numbers = count(1)


class Broken(Exception):
    """A law that a part does not keep; the text says what was found."""


class Refused(Exception):
    """The spec of the trial is wrong, and so is the part; the text is the first diagnostic."""


def trial(kind: str, part: type[Part], written: str) -> str | None:
    """What was found with the part as it is `written`; nothing where no memory of a block takes it."""
    text = _spec(kind, part, written)
    if text is None:
        return None
    try:
        files = emit(lower(check(read_text(text))))
    except SpecError as wrong:
        raise Refused(wrong.report.diagnostics[0].message) from None
    if borrowed := [name for name, code in files.items() if "import nlc" in code or "from nlc" in code]:
        raise Broken(f"the package does not stand alone: {borrowed[0]} imports nlc")
    gap = _distance(files)
    if not gap <= CLOSE:
        raise Broken(f"the fast path is {gap:.1g} away from the reference")
    return f"outputs and gradients within {gap:.0e} of the reference"


def _spec(kind: str, part: type[Part], written: str) -> str | None:
    """A layer in which the part has something to do."""
    if kind == "op":
        pointwise = issubclass(part, Op) and part.pointwise
        call = f"{written[:-1].replace('(', '(x, ', 1)})" if written.endswith(")") else f"{written}(x)"
        return SPEC.format(size=SIZE, **PLAIN | {"argument": call.replace(", )", ")")}) if pointwise else None
    meant = _meant(kind, part)
    if kind == "structure" and isinstance(meant, Structure) and meant.holds in ("cache", "tensor"):
        return CACHE.format(size=SIZE, structure=written) if meant.holds == "cache" else None
    if isinstance(meant, Objective) and not meant.gives_loss():
        return None
    if kind == "optimizer" and meant.name not in STEPS:
        return None
    return SPEC.format(size=SIZE, **PLAIN | {kind: written})


def _meant(kind: str, part: type[Part]) -> Part:
    """The part that is used in the end."""
    made = part(**(sample(part) or {}))
    if not part.means:
        return made
    try:
        return resolve(kind, stands_for(made, {}, NOWHERE), {}, Report())[0]
    except Stopped as wrong:
        raise Refused(str(wrong)) from None


def _package(files: Mapping[str, str]) -> ModuleType:
    name = f"_nlc_trial_{next(_numbers)}"
    return bring(name, Path(f"<{name}>"), {path: text.encode() for path, text in files.items()})


@cache
def functions() -> Mapping[str, Any]:
    """What emitted expressions call: torch, its functions, and those that a package brings along."""
    package = _package(emit(lower(check(read_text(SPEC.format(size=SIZE, **PLAIN))))))
    return vars(import_module(f"{package.__name__}.layers"))


def _distance(files: dict[str, str]) -> float:
    """The largest gap between the fast path and the reference, in outputs and in gradients."""
    module = _package(files)
    random: Any = torch.random
    with random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        layer = module.build().to(torch.float64)
        x, weights = torch.rand(2, BATCH, TOKENS, SIZE, dtype=torch.float64)
    x = (0.5 + x).requires_grad_()
    fast, _ = layer.carry(x, None)
    slow, _ = import_module(f"{module.__name__}.reference").run(layer, x, None)
    inputs = [x, *layer.parameters()]
    pairs: list[tuple[Any, Any]] = [(fast, slow)]
    both = [torch.autograd.grad((y * weights).sum(), inputs, allow_unused=True) for y in (fast, slow)]
    pairs += [(a, b) for a, b in zip(*both, strict=True) if a is not None and b is not None]
    return max(float(((a - b).norm() / b.norm().clamp(min=1e-6)).detach()) for a, b in pairs)
