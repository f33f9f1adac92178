"""What the kernels of a spec take of a GPU, memory by memory: the one value behind table and JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any, TypeVar

from nlc.ir.plan import BlockPlan, MemoryPlan
from nlc.lower.chains import chains, described, uses
from nlc.lower.kernels import kernels
from nlc.lower.show import rows
from nlc.run.kernels.ahead import Launch, recording, standing_in
from nlc.run.kernels.exercise import DTYPES, exercise, fused, step
from nlc.run.kernels.targets import target_of
from nlc.run.kernels.traffic import Moved, Name, moved, per_token, total
from nlc.run.load import Package, build
from nlc.run.stages import Stages

SHORT, LONG = 256, 384
"""Tokens of the two sequences whose traffic is compared: multiples of what kernels take at once."""
PHASES, MORE = ("forward", "backward"), ("fused", "step")
"""What every memory has, and what it may have besides."""
_Launched = TypeVar("_Launched", Launch, Moved)


def report(made: Stages, target: str, dtype: str = "bfloat16", traffic: bool = True) -> dict[str, Any]:
    """`{"target", "dtype", "memories": [...], "chains": [...]}`: a row a memory as in `nlc plan`, and one for
    each block with lines that are fused.

    Counts are of one layer of one sequence, all its heads; `step` is a pass of one token by itself, `fused`
    a forward pass as where many sequences fill the GPU.
    `bytes_per_token` is None without `traffic`, which runs the kernels in the interpreter, and where that
    would take many minutes: steps that are orthogonalized are hundreds of products a token.
    Raises `NoTriton` and `NoTarget`.
    """
    kind, gpu = DTYPES[dtype], target_of(target)
    traffic = traffic and not any(
        m.push and kernels(m).template for b in made.plan.blocks for m in b.memories
    )
    launches: list[Launch] = []
    bytes_of: dict[Name, float] = {}
    files = made.files
    package = build(files)
    if "device.py" in files:
        with recording(gpu) as launches:
            exercise(package, made.plan, SHORT, kind)
        with recording(gpu) as alone:
            step(package, made.plan, kind)
        with recording(gpu) as filled:
            fused(package, made.plan, SHORT, kind)
        launches += _fused(filled) + _steps(alone)
    if traffic and launches:
        with standing_in(gpu):
            bytes_of = per_token(lambda length: exercise(package, made.plan, length, kind), SHORT, LONG)
            if any(launch.phase == "fused" for launch in launches):
                bytes_of |= _of_fused(
                    per_token(lambda length: fused(package, made.plan, length, kind), SHORT, LONG)
                )
            bytes_of |= total(_steps(moved(lambda: step(package, made.plan, kind))))
    return {
        "target": target,
        "dtype": dtype,
        "memories": list(_memories(made, package, launches, bytes_of if traffic else None)),
        "chains": list(_chains(made, package, launches, bytes_of if traffic else None)),
    }


def _steps(launches: Iterable[_Launched]) -> list[_Launched]:
    """Of what one token launched, the steps: other kernels take it as a short run."""
    steps = [launch for launch in launches if launch.module.rpartition(".")[2].startswith("step_")]
    return [replace(launch, phase="step") for launch in steps]


def _fused(launches: Iterable[Launch]) -> list[Launch]:
    """Of what was launched forward, the kernels that keep states on the chip."""
    return [replace(launch, phase="fused") for launch in launches if launch.kernel == "fused"]


def _of_fused(bytes_of: Mapping[Name, float]) -> dict[Name, float]:
    return {(module, name, "fused"): n for (module, name, _), n in bytes_of.items() if name == "fused"}


def _memories(
    made: Stages, package: Package, launches: list[Launch], bytes_of: Mapping[Name, float] | None
) -> Iterator[dict[str, Any]]:
    found = list(rows(made.plan))
    layers = Counter[tuple[str, str]]()
    for row, block, memory in found:
        layers[_modules(package, block, memory)] += row["count"]
    for row, block, memory in found:
        modules, served = _modules(package, block, memory), kernels(memory)
        own = [launch for launch in launches if launch.module in modules]
        phases = (*PHASES, *(p for p in MORE if any(x.phase == p for x in own)))
        yield {
            "name": row["memory"],
            "count": row["count"],
            "family": memory.family,
            "why": served.why,
            "schedule": {x.kernel: _schedule(x) for x in own} or None,
            "launches": {
                phase: _each(sum(x.phase == phase for x in own), layers[modules]) for phase in phases
            },
            "flops_per_token": memory.flops,
            "bytes_per_token": None
            if bytes_of is None
            else _bytes(modules, phases, bytes_of, layers[modules]),
            "kernels": list(_kernels(own, bytes_of, layers[modules])),
        }


def _chains(
    made: Stages, package: Package, launches: list[Launch], bytes_of: Mapping[Name, float] | None
) -> Iterator[dict[str, Any]]:
    layers = uses(made.plan)
    for block, found in chains(made.plan).items():
        modules = (f"{package.module.__name__}.chains_{block}",)
        own = [launch for launch in launches if launch.module in modules]
        if found:
            yield {
                "name": block,
                "count": layers[block],
                "chains": [described(chain) for chain in found],
                "launches": {p: _each(sum(x.phase == p for x in own), layers[block]) for p in PHASES},
                "bytes_per_token": None
                if bytes_of is None
                else _bytes(modules, PHASES, bytes_of, layers[block]),
                "kernels": list(_kernels(own, bytes_of, layers[block])),
            }


def _modules(package: Package, block: BlockPlan, memory: MemoryPlan) -> tuple[str, str]:
    """Where the kernels of a memory are, and its step."""
    name = f"{block.name}_{memory.identifier}"
    return f"{package.module.__name__}.kernels_{name}", f"{package.module.__name__}.step_{name}"


def _schedule(launch: Launch) -> dict[str, int]:
    """Tiles and other sizes that a kernel is compiled for, warps and stages."""
    sizes = {name: value for name, value in launch.constants.items() if type(value) is int}
    return sizes | {name: value for name, value in launch.options.items() if type(value) is int}


def _bytes(
    modules: tuple[str, ...], phases: Iterable[str], bytes_of: Mapping[Name, float], layers: int
) -> dict[str, float]:
    return {
        phase: _each(
            sum(x for (file, _, when), x in bytes_of.items() if file in modules and when == phase), layers
        )
        for phase in phases
    }


def _kernels(
    own: list[Launch], bytes_of: Mapping[Name, float] | None, layers: int
) -> Iterator[dict[str, Any]]:
    """A row for each kernel as it was compiled, in the order of first launches."""
    alike: dict[tuple[Any, ...], list[Launch]] = {}
    for launch in own:
        kind = launch.kernel, tuple(launch.constants.items()), tuple(launch.options.items()), launch.phase
        alike.setdefault((*map(str, kind),), []).append(launch)
    told = Counter((first.module, first.kernel, first.phase) for first, *_ in alike.values())
    for launches in alike.values():
        first = launches[0]
        taken = first.compiled.resources
        name = first.module, first.kernel, first.phase
        yield {
            "name": first.kernel,
            "phase": first.phase,
            "launches": _each(len(launches), layers),
            "schedule": _schedule(first),
            "bytes_per_token": None if bytes_of is None or told[name] > 1 else _each(bytes_of[name], layers),
            "seconds": first.compiled.seconds,
            "problem": first.compiled.failure or (taken.problem if taken else ""),
            **(asdict(taken) if taken else {}),
        }


def _each(total: float, layers: int) -> float:
    """Of one layer; a whole number where it is one."""
    share = total / layers
    return int(share) if share == int(share) else round(share, 2)
