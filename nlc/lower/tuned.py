"""How kernels are launched: what compiling them for a GPU showed to be best, and else the safest."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from nlc.data import backend
from nlc.ir.plan import MemoryPlan
from nlc.lower.kernels import kernels

KERNELS = {
    "scan": ("invert", "scan", "read", "scan_back", "inputs_back"),
    "channel": ("weigh", "scan", "read", "scan_back", "inputs_back"),
    "dual": ("walk", "walk_back"),
}
"""Of each template, in the order of their launches."""
SAFEST_WARPS = {"scan": 4, "channel": 8, "dual": 8}
"""Of each template, where nothing is known: 8 where much is held at once."""


@dataclass(frozen=True)
class Schedule:
    """`tokens` of a chunk; for each kernel the columns that a program holds at once, warps and stages."""

    tokens: int
    kernels: Mapping[str, tuple[int, int, int]]


def schedules(m: MemoryPlan) -> dict[str, Schedule]:
    """By GPU and size of a number (`sm_90 float16`); `any` for all others."""
    values, template = m.sizes[-1], kernels(m).template
    launched = (values if template == "dual" else min(32, values)), SAFEST_WARPS[template], 1
    safest = Schedule(tile(m) if template == "dual" else 32, dict.fromkeys(KERNELS[template], launched))
    found = {target: _schedule(record) for target, record in recorded(m).items()}
    return {**{t: _only(s, m) for t, s in found.items()}, "any": _only(safest, m)}


def recorded(m: MemoryPlan) -> dict[str, Any]:
    """What is known of its shape, by GPU and size of a number.

    Family `scan`: more values are more programs, or more rounds of a loop; where their number is not known,
    the record of the next smaller one serves.
    """
    known = records(kernels(m).template)
    shapes = ["x".join(map(str, m.sizes))]
    if m.family == "scan":
        shapes = [f"{m.sizes[0]}x{size}" for size in (256, 128, 64, 32, 16) if size <= m.sizes[-1]]
    shape = next((shape for shape in shapes if shape in known), None)
    return dict(known[shape].get(variant(m), {})) if shape else {}


def tile(m: MemoryPlan) -> int:
    """Rows of a tile of family `dual`: the tokens between two anchors, in as few as a dot takes."""
    return max(16, 1 << (m.anchor - 1).bit_length())


def variant(m: MemoryPlan) -> str:
    """Which kernels of a template a memory has: what they take of a GPU differs."""
    if m.family == "dual":
        forgets = m.keep is not None and m.keep_to == "init" and m.init == "learned"
        held = {"momentum": m.beta is not None, "home": forgets, "norm": m.norm, "bias": m.bias}
        return " ".join([f"{tile(m)} tokens", *(word for word, there in held.items() if there)])
    return "solves" if m.slope != 0 or m.erases else "sums"


@cache
def records(template: str) -> Mapping[str, Any]:
    """`tuned/TEMPLATE.toml`: sizes, variant, target, and there tokens and kernels."""
    try:
        return tomllib.loads(backend(f"triton/tuned/{template}.toml"))["schedule"]
    except FileNotFoundError:
        return {}


def _schedule(record: Mapping[str, Any]) -> Schedule:
    kernels = {
        name: (row["block"], row["warps"], row["stages"]) for name, row in record.items() if name != "tokens"
    }
    return Schedule(record["tokens"], kernels)


def _only(schedule: Schedule, m: MemoryPlan) -> Schedule:
    """With the kernels that this memory has."""
    absent = {"invert"} if variant(m) == "sums" else set[str]()
    absent |= {"read"} if m.update > 1 else set()
    return Schedule(schedule.tokens, {n: row for n, row in schedule.kernels.items() if n not in absent})
