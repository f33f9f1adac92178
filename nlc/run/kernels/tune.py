"""How a memory's kernels are launched on a GPU that is not here, chosen by what compiling them shows.

The candidates are compiled in the order of their promise; the first whose kernels keep to registers is taken,
else that with the fewest bytes of stack. Nothing is timed.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from itertools import product
from typing import Any

import torch

from nlc.failure import Failure
from nlc.ir.plan import MemoryPlan, Plan
from nlc.lower.kernels import kernels, together
from nlc.lower.records import Key, Launch, Record
from nlc.lower.tuned import names, shape, tile, variant
from nlc.run.kernels.ahead import recording
from nlc.run.kernels.exercise import exercise
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
            template = kernels(m, together(block, m)).template
            if not template:
                continue
            key, known = _key(m, target, dtype), found.setdefault(template, {})
            if key not in known:
                file = import_module(f"{package.module.__name__}.kernels_{block.name}_{m.identifier}")
                known[key] = _chosen(package, plan, file, m, target, dtype)
                told(key, known[key])
    return found


def _key(m: MemoryPlan, target: str, dtype: torch.dtype) -> Key:
    return Key(shape(m), variant(m), f"{target} {SIZES_OF_NUMBERS[dtype]}")


def candidates(m: MemoryPlan) -> Iterator[tuple[int, list[Tried]]]:
    """Tokens of a chunk, and what is tried with them; in the order of what they promise."""
    values, template = m.sizes[-1], kernels(m).template
    if template == "dual":
        yield tile(m), [(values, warps, 1) for warps in (8, 4)]
        return
    blocks = [size for size in (64, 128, 32) if size <= values] or [values]
    for tokens in (64, 32) if template == "scan" else (32, 16):
        yield tokens, [(block, warps, 2) for block, warps in product(blocks, (4, 8))]


def _chosen(
    package: Package, plan: Plan, file: Any, m: MemoryPlan, target: str, dtype: torch.dtype
) -> Record:
    found: list[Record] = []
    for tokens, tries in candidates(m):
        best: dict[str, Launch] = {}
        for tried in tries:
            for name, stack in _stacks(package, plan, file, target, dtype, tokens, tried):
                if name not in best or stack < best[name].stack:
                    best[name] = Launch(*tried, stack)
            if best.keys() >= names(m) and not any(launch.stack for launch in best.values()):
                return _record(tokens, best)
        if best.keys() >= names(m):
            found.append(_record(tokens, best))
    if not found:
        raise NothingServes(f"no way of launching {m.class_name} of {shape(m)} was found for {target}")
    return min(found, key=lambda record: sum(launch.stack for launch in record.kernels.values()))


def _record(tokens: int, best: Mapping[str, Launch]) -> Record:
    return Record(tokens, dict(best))


def _stacks(
    package: Package, plan: Plan, file: Any, target: str, dtype: torch.dtype, tokens: int, tried: Tried
) -> list[tuple[str, int]]:
    """Bytes of stack of the kernels of a file, forward and backward; those that serve."""
    with _launched(file, tokens, tried), recording(target) as launches:
        exercise(package, plan, LENGTH, dtype)
    own = [launch for launch in launches if launch.module == file.__name__]
    taken = [(launch.kernel, launch.compiled.resources) for launch in own]
    return [(kernel, found.stack_bytes) for kernel, found in taken if found and not found.problem]


@contextmanager
def _launched(file: Any, tokens: int, tried: Tried) -> Generator[None]:
    """Every kernel of the file so, whatever was chosen earlier."""
    kernels = {name: tried for name in file.SCHEDULES["any"] if name != "tokens"}
    with patched(file, SCHEDULES={"any": {"tokens": tokens, **kernels}}):
        yield
