"""How kernels are launched: what compiling them for a GPU showed to be best, and else the safest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nlc.ir.plan import MemoryPlan
from nlc.lower.kernels import MOST_TOKENS, WALKED, kernels
from nlc.lower.records import Record, records

KERNELS = {
    "scan": ("invert", "scan", "read", "scan_back", "inputs_back"),
    "channel": ("weigh", "scan", "read", "scan_back", "inputs_back"),
    "erase": ("weigh", "scan", "read", "scan_back", "inputs_back"),
    "thin": ("walk", "walk_back"),
    "momentum": ("weigh", "scan", "read", "scan_back", "read_back", "inputs_back"),
    "dual": ("walk", "walk_back"),
    "period": ("period", "period_back"),
    "states": ("walk", "walk_back"),
}
"""Of each template, in the order of their launches."""
FUSED = "fused"
"""The kernel that does what those of `scan` do forward, in one pass; its records are of their own variant."""
SAFEST_WARPS = {
    "scan": 4,
    "channel": 8,
    "erase": 8,
    "momentum": 8,
    "thin": 1,
    "dual": 8,
    "period": 8,
    "states": 8,
}
"""Of each template, where nothing is known: 8 where much is held at once."""
ROW_NUMBERS = 256
"""Numbers of the states that a program of the template `thin` holds: eight a thread, of a few tiles each."""


@dataclass(frozen=True)
class Schedule:
    """`tokens` of a chunk; for each kernel the columns that a program holds at once, warps and stages.

    Of `thin` the heads that it holds. Of `fused` also the tokens of its own chunks.
    """

    tokens: int
    kernels: Mapping[str, tuple[int, ...]]


def schedules(m: MemoryPlan) -> dict[str, Schedule]:
    """By GPU and size of a number (`sm_90 float16`); `any` for all others."""
    template = kernels(m).template
    launched = held(m), SAFEST_WARPS[template], 3 if template == "thin" else 1
    safest = Schedule(tile(m) if m.family in WALKED else 32, dict.fromkeys(KERNELS[template], launched))
    found = {target: _schedule(record) for target, record in recorded(m).items()}
    made = {target: _only(schedule, m) for target, schedule in [*found.items(), ("any", safest)]}
    for target, record in one_pass(m).items():
        if target in found:
            row = *record.kernels[FUSED][:3], record.tokens
            made[target] = Schedule(made[target].tokens, {**made[target].kernels, FUSED: row})
    return {target: _asked(schedule, m) for target, schedule in made.items()}


def asked(m: MemoryPlan) -> dict[str, int]:
    """What the spec's schedule says, where it has an effect: a walk's chunk lies between two anchors."""
    words = ("warps", "stages") if m.family in WALKED else ("tokens", "warps", "stages")
    return {word: m.launch[word] for word in words if word in m.launch}


def _asked(schedule: Schedule, m: MemoryPlan) -> Schedule:
    said = asked(m)
    tokens = said.get("tokens", schedule.tokens)
    return Schedule(
        tokens,
        {
            name: (
                block,
                said.get("warps", warps),
                said.get("stages", stages),
                *(said.get("tokens", own) for own in more),
            )
            for name, (block, warps, stages, *more) in schedule.kernels.items()
        },
    )


def held(m: MemoryPlan) -> int:
    """Columns that a program holds where nothing is known; heads, where each is a row of numbers."""
    if kernels(m).template == "thin":
        return max(1, ROW_NUMBERS // m.sizes[0])
    return m.sizes[-1] if m.family in WALKED else min(32, m.sizes[-1])


def recorded(m: MemoryPlan) -> dict[str, Record]:
    """What is known of its shape, by GPU and size of a number.

    Family `scan`: more values are more programs, or more rounds of a loop; where their number is not known,
    the record of the next smaller one serves.
    """
    return _recorded(m, variant(m), names(m))


def one_pass(m: MemoryPlan) -> dict[str, Record]:
    """Where a kernel may keep the state on the chip from chunk to chunk: where it keeps to registers."""
    found = _recorded(m, f"{variant(m)} {FUSED}", {FUSED}) if fuses(m) else {}
    return {target: record for target, record in found.items() if not record.kernels[FUSED].stack}


def fuses(m: MemoryPlan) -> bool:
    """Whether a memory has a kernel of that kind."""
    return kernels(m).template == "scan" and m.update == 1


def _recorded(m: MemoryPlan, variant: str, names: set[str]) -> dict[str, Record]:
    known = records(kernels(m).template)
    shapes = [shape(m)]
    if m.family == "scan" and m.sizes[-1] > 1:
        shapes = [f"{m.sizes[0]}x{size}" for size in (16, 32, 64, 128, 256) if size <= m.sizes[-1]]
    own = [key for key in known if key.shape in shapes and key.variant == variant]
    own = [key for key in own if known[key].kernels.keys() >= names]
    return {key.target: known[key] for key in sorted(own, key=lambda key: shapes.index(key.shape))}


def names(m: MemoryPlan) -> set[str]:
    """The kernels that this memory has of its template's."""
    absent = {"invert"} if variant(m) == "sums" else set[str]()
    absent |= {"read", "read_back"} if m.update > 1 else set()
    return set(KERNELS[kernels(m).template]) - absent


def shape(m: MemoryPlan) -> str:
    """Sizes of a head's layers, `64x128x64`."""
    return "x".join(map(str, m.sizes))


def tile(m: MemoryPlan) -> int:
    """Rows of a tile of an anchored memory: pairs of the tokens between two anchors, as a dot has them."""
    pairs = m.anchor + (m.window - 1 if m.windowed else 0)
    return min(MOST_TOKENS, max(16, 1 << (pairs - 1).bit_length()))


def variant(m: MemoryPlan) -> str:
    """Which kernels of a template a memory has: what they take of a GPU differs."""
    if m.family in WALKED:
        forgets = m.keep is not None and m.keep_to == "init" and m.init == "learned"
        held = {"momentum": m.beta is not None, "home": forgets, "norm": m.norm, "bias": m.bias}
        held |= {"erases": m.erases}
        held |= {f"sees {m.view.name}": True} if m.view else {}
        return " ".join([f"{tile(m)} tokens", *(word for word, there in held.items() if there)])
    return "solves" if m.slope != 0 or m.erases else "sums"


def _schedule(record: Record) -> Schedule:
    return Schedule(record.tokens, {name: launch[:3] for name, launch in record.kernels.items()})


def _only(schedule: Schedule, m: MemoryPlan) -> Schedule:
    """With the kernels that this memory has."""
    return Schedule(schedule.tokens, {n: row for n, row in schedule.kernels.items() if n in names(m)})
