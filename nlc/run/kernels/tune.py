"""How a memory's kernels are launched on a GPU that is not here, chosen by what compiling them shows.

The candidates are compiled in the order of their promise; the first whose kernels keep to registers is taken,
else that with the fewest bytes of stack. Nothing is timed.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from itertools import product
from typing import Any

import torch

from nlc.failure import Failure
from nlc.ir.plan import MemoryPlan, Plan
from nlc.lower.kernels import WALKED, kernels
from nlc.lower.records import Key, Launch, Record
from nlc.lower.tuned import FUSED, fuses, held, names, shape, tile, variant
from nlc.run.kernels.ahead import recording
from nlc.run.kernels.exercise import exercise, fused
from nlc.run.kernels.patch import patched
from nlc.run.load import Package

LENGTH = 256
"""Tokens of the sequence whose kernels are compiled: whole chunks, however long these are."""
SIZES_OF_NUMBERS = {torch.float32: "float32", torch.bfloat16: "float16", torch.float16: "float16"}

Tried = tuple[int, int, int]
"""Columns, warps, stages."""
Told = Callable[[Key, Record], None]


class NothingServes(Failure):
    """No candidate compiles into what a GPU has room for."""


def tuned(
    package: Package, plan: Plan, target: str, dtype: torch.dtype, told: Told = lambda _, __: None
) -> dict[str, dict[Key, Record]]:
    """By template, a record for each shape and variant; `told` of each when it is there."""
    found: dict[str, dict[Key, Record]] = {}
    for block in plan.blocks:
        for m in block.memories:
            template = kernels(m).template
            if not template:
                continue
            known = found.setdefault(template, {})
            for work in works(m):
                key = Key(shape(m), work.variant, f"{target} {SIZES_OF_NUMBERS[dtype]}")
                if key not in known:
                    file = import_module(f"{package.module.__name__}.kernels_{block.name}_{m.identifier}")
                    record = _chosen(package, plan, file, work, target, dtype)
                    if record is None and work.names == {FUSED}:
                        continue  # there is another way
                    if record is None:
                        what = f"{m.class_name} of {key.shape}"
                        raise NothingServes(f"no way of launching {what} was found for {target}")
                    known[key] = record
                    told(key, record)
    return found


@dataclass(frozen=True)
class Work:
    """The kernels that a record is of, what launches them, and what is tried, in the order of its promise."""

    variant: str
    names: set[str]
    run: Callable[[Package, Plan, int, torch.dtype], None]
    candidates: list[tuple[int, list[Tried]]]
    """Tokens of a chunk, and what is tried with them."""


def works(m: MemoryPlan) -> Iterator[Work]:
    """Forward and backward of a memory, and forward in one pass."""
    values = m.sizes[-1]
    if m.family in WALKED:
        tries = [(values, warps, 1) for warps in (8, 4)]
        sizes = [size for size in (64, 32, 16) if size <= tile(m)] if m.together else [tile(m)]
        yield Work(variant(m), names(m), exercise, [(tokens, tries) for tokens in sizes])
        return
    if kernels(m).template == "thin":
        tries = [(held(m), warps, stages) for warps, stages in product((1, 2), (3, 1))]
        yield Work(variant(m), names(m), exercise, [(32, tries)])
        return
    blocks = [size for size in (64, 128, 32) if size <= values] or [values]

    def tried(stages: int) -> list[Tried]:
        return [(block, warps, stages) for block, warps in product(blocks, (4, 8))]

    sizes = (64, 32) if kernels(m).template == "scan" else (32, 16)
    yield Work(variant(m), names(m), exercise, [(tokens, tried(2)) for tokens in sizes])
    if fuses(m):
        each = [(tokens, tried(stages)) for stages, tokens in product((2, 1), (64, 32))]
        yield Work(f"{variant(m)} {FUSED}", {FUSED}, fused, each)


def _chosen(
    package: Package, plan: Plan, file: Any, work: Work, target: str, dtype: torch.dtype
) -> Record | None:
    found: list[Record] = []
    for tokens, tries in work.candidates:
        best: dict[str, Launch] = {}
        for tried in tries:
            for name, stack in _stacks(package, plan, file, work, target, dtype, tokens, tried):
                if name not in best or stack < best[name].stack:
                    best[name] = Launch(*tried, stack)
            if best.keys() >= work.names and not any(launch.stack for launch in best.values()):
                return _record(tokens, best)
        if best.keys() >= work.names:
            found.append(_record(tokens, best))
    return min(found, key=lambda r: sum(launch.stack for launch in r.kernels.values()), default=None)


def _record(tokens: int, best: Mapping[str, Launch]) -> Record:
    return Record(tokens, dict(best))


def _stacks(
    package: Package,
    plan: Plan,
    file: Any,
    work: Work,
    target: str,
    dtype: torch.dtype,
    tokens: int,
    tried: Tried,
) -> list[tuple[str, int]]:
    """Bytes of stack of the kernels of a file; those that serve."""
    with _launched(file, work.names, tokens, tried), recording(target) as launches:
        work.run(package, plan, LENGTH, dtype)
    own = [launch for launch in launches if launch.module == file.__name__]
    taken = [(launch.kernel, launch.compiled.resources) for launch in own]
    return [(kernel, found.stack_bytes) for kernel, found in taken if found and not found.problem]


@contextmanager
def _launched(file: Any, names: set[str], tokens: int, tried: Tried) -> Generator[None]:
    """These kernels of the file so, whatever was chosen earlier."""
    kernels = {name: (*tried, tokens) if name == FUSED else tried for name in names}
    with patched(file, SCHEDULES={"any": {"tokens": tokens, **kernels}}):
        yield
