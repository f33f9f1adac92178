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
    template = _template(m)
    rule = SERVED.get(template)
    if rule is None:
        return Kernels("", UNSERVED[m.family])
    reason = next((said for unfit, said in rule if unfit(m)), "")
    if reason:
        return Kernels("", f"torch serves: {reason}")
    return Kernels(template, DONE[template])


def _template(m: MemoryPlan) -> str:
    if m.family == "dual" and m.together:
        return "period"
    return _scan(m) if m.family == "scan" else m.family


def _scan(m: MemoryPlan) -> str:
    if m.beta is not None:
        return "momentum"
    if m.erases_apart:
        return "erase"
    if thin(m):
        return "thin"
    return "channel" if m.axis else "scan"


def thin(m: MemoryPlan) -> bool:
    """Whether a head's state is a row of numbers that writes are added to, without a product of matrices."""
    sums = m.slope == 0 and not m.erases and m.beta is None and not m.extras and m.axis != "values"
    return m.family == "scan" and sums and m.sizes[-1] == 1


Rule = tuple[Callable[[MemoryPlan], bool], str]

SCAN: tuple[Rule, ...] = (
    (lambda m: m.axis == "values", "a kept fraction for every channel of the values"),
    (lambda m: m.beta is not None and bool(m.axis), "momentum, and a kept fraction for every channel"),
    (lambda m: m.beta is not None and (m.erases or m.erases_apart), "momentum, and it erases"),
    (lambda m: bool(m.extras), "streams of its own in its objective"),
    (lambda m: m.erases_apart and m.slope != 0, "it erases at other keys than those that it corrects"),
    (
        lambda m: m.erases_apart and m.target != "zero",
        "it erases at keys of its own, and forgets towards a start",
    ),
    (lambda m: m.erases_apart and m.steps > 1, "it erases at keys of its own, and writes several pairs"),
    (
        lambda m: m.erases and m.keep_first and m.keep is not None,
        "it erases from what was not yet forgotten",
    ),
    (lambda m: m.sizes[0] not in SIZES, f"keys of a head are none of {SIZES} long"),
    (lambda m: m.sizes[-1] not in (*SIZES, 256), f"values of a head are none of {(*SIZES, 256)} long"),
)

LONGEST_ROW = 256
THIN: tuple[Rule, ...] = (
    (
        lambda m: m.sizes[0].bit_count() != 1 or m.sizes[0] > LONGEST_ROW,
        f"keys of a head are no power of 2, or longer than {LONGEST_ROW}",
    ),
)

MOST_TOKENS, MOST_WEIGHTS = 64, 128 * 128
"""What family `dual` has room for on a chip: tokens between two anchors, and numbers of a layer of a head."""

NETWORK: tuple[Rule, ...] = (
    (lambda m: m.anchor == 1, "a gradient at every token"),
    (lambda m: m.segment > 0 or m.renew > 0, "states of other times beside the anchor"),
    (lambda m: m.erases_apart, "keys or rates of its own for what is erased"),
    (lambda m: m.gated or len(m.weights) > 2, "more than two layers"),
    (lambda m: m.steps > 1 or (m.windowed and m.push is None), "several pairs a write"),
    (lambda m: bool(m.axis) or m.keep_first, "another order or kind of forgetting"),
    (lambda m: any(size != 1 for size in m.extra_sizes), "vectors of its own in its objective"),
    (lambda m: any(size not in (*SIZES, 256) for size in m.sizes), f"a head's sizes are none of {SIZES}"),
    (
        lambda m: max(m.sizes[0], m.sizes[-1]) * m.sizes[1] > MOST_WEIGHTS,
        f"a layer of more than {MOST_WEIGHTS} numbers a head does not fit on a chip",
    ),
)

ANCHORED: tuple[Rule, ...] = (
    *NETWORK,
    (lambda m: m.anchor > MOST_TOKENS, f"more than {MOST_TOKENS} tokens between two anchors"),
    (lambda m: m.update not in (1, m.anchor), "readers and gradients see states of different times"),
    (lambda m: m.update == 1 and not m.sees_itself, "a token reads before its own write"),
)

DUAL: tuple[Rule, ...] = (
    *ANCHORED,
    (lambda m: m.view is not None, "a map of the state at the end of a period"),
)
STATES: tuple[Rule, ...] = (
    (lambda m: m.together, "maps of states that run period by period, with memories that read one another"),
    (lambda m: m.erases, "it erases from a state of which a map is seen"),
    (
        lambda m: (m.push is None) != (m.beta is None),
        "momentum as it is beside a map, or none where it is mapped",
    ),
    (lambda m: m.push is not None and m.view is not None, "a map of the state beside one of its momentum"),
    (lambda m: m.update > 1, "steps that are mapped, and readers that see them later"),
    (
        lambda m: m.windowed and (bool(m.extras) or not isinstance(m.counts, str)),
        "pairs of a window that all count the same, or bring streams of their own",
    ),
    (lambda m: m.bias, "a map of weights with biases"),
    *ANCHORED,
    (
        lambda m: m.anchor + max(m.window, 1) - 1 > MOST_TOKENS,
        f"more than {MOST_TOKENS} pairs between two anchors, with those of a window",
    ),
)
PERIOD: tuple[Rule, ...] = (
    (lambda m: m.update == 1, "memories beside it read it at every token"),
    *NETWORK,
    (lambda m: m.view is not None, "a map of the state at the end of a period"),
    (lambda m: m.decays and m.keep_to == "anchor", "forgetting towards an anchor, period by period"),
    (
        lambda m: len(m.weights) == 1 and m.slope == 0 and not m.norm,
        "its gradients are the same at any state",
    ),
)
WALKED = ("dual", "states")
"""Families of one template: a program has the tokens of a head between two anchors, all at once."""

SERVED: Mapping[str, tuple[Rule, ...]] = {
    "scan": SCAN,
    "channel": SCAN,
    "erase": SCAN,
    "momentum": SCAN,
    "thin": THIN,
    "dual": DUAL,
    "period": PERIOD,
    "states": STATES,
}
DONE: Mapping[str, str] = {
    "scan": "chunks in parallel, and one scan over their states",
    "momentum": "chunks in parallel, and one scan over their states and momenta",
    "channel": "chunks in parallel, their gates for every channel in the operands, and one scan over states",
    "erase": "chunks in parallel, two keys a token, and one scan over states",
    "thin": "a program for a block of heads, which walks from token to token with their states on the chip",
    "dual": "one program a head, which walks from anchor to anchor with its weights on the chip",
    "period": "what a period writes in one launch or a few, a program a head; reads are matrix products",
    "states": "one program a head, which walks from token to token with its weights on the chip",
}
UNSERVED: Mapping[str, str] = {
    "attention": "torch serves: its scaled dot product attention is a kernel already",
    "regression": "torch serves: no kernel is built for least squares",
    "level": "torch serves: plain matrix products",
    "parameter": "torch serves: plain matrix products",
}
