"""Which memories have kernels of a GPU, and why the others go on with torch: the first reason that holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nlc.ir.plan import MemoryPlan

SIZES = (16, 32, 64, 128)
"""Numbers a key or value of a head may have: products on the chip are made of tiles of 16 and its doubles."""


@dataclass(frozen=True)
class Kernels:
    """`template` of the backend triton, empty where torch serves; `why` in words."""

    template: str
    why: str


def kernels(m: MemoryPlan) -> Kernels:
    """What serves a memory on a GPU."""
    rule = SERVED.get(m.family)
    if rule is None:
        return Kernels("", UNSERVED[m.family])
    reason = next((said for unfit, said in rule if unfit(m)), "")
    if reason:
        return Kernels("", f"torch serves: {reason}")
    return Kernels(m.family, DONE[m.family])


def erases(m: MemoryPlan) -> bool:
    """Whether a write takes away what the state answers to its key."""
    return m.erase is not None and m.erase_layers != "none"


Rule = tuple[Callable[[MemoryPlan], bool], str]

SCAN: tuple[Rule, ...] = (
    (lambda m: bool(m.axis), "a kept fraction for every channel"),
    (lambda m: m.beta is not None, "momentum beside exact gradients"),
    (lambda m: bool(m.extras), "streams of its own in its objective"),
    (lambda m: m.steps > 1, "several pairs a token"),
    (lambda m: m.erases_apart, "keys or rates of its own for what is erased"),
    (
        lambda m: erases(m) and m.keep_first and m.keep is not None,
        "it erases from what was not yet forgotten",
    ),
    (lambda m: any(size not in SIZES for size in m.sizes), f"a head's sizes are none of {SIZES}"),
)

SERVED: Mapping[str, tuple[Rule, ...]] = {"scan": SCAN}
DONE: Mapping[str, str] = {"scan": "chunks in parallel, and one scan over their states"}
UNSERVED: Mapping[str, str] = {
    "attention": "torch serves: its scaled dot product attention is a kernel already",
    "dual": "torch serves: no kernel is built for gradients at an anchor",
    "states": "torch serves: no kernel is built for maps of a state",
    "regression": "torch serves: no kernel is built for least squares",
    "level": "torch serves: plain matrix products",
    "parameter": "torch serves: plain matrix products",
}
