"""What one sequence's state of a memory holds: names and exact shapes."""

from __future__ import annotations

from nlc.ir.plan import Buffer, MemoryPlan


def buffers(m: MemoryPlan, length: int) -> tuple[Buffer, ...]:
    """The tensors that memory `m` carries after `length` tokens, in the order of its state."""
    match m.family:
        case "scan" | "dual" | "states" | "regression":
            return _copies(m)
        case "attention":
            return _cache(m, length)
        case "level":
            return _difference(m)
        case _:
            return ()


def _copies(m: MemoryPlan) -> tuple[Buffer, ...]:
    """The running state, its momentum, and the copies that readers and gradients see."""
    kinds = ["layer"]
    if m.beta is not None:
        kinds.append("momentum")
    if m.update > 1:
        kinds.append("visible")
    if uses_anchor(m) and m.anchor != m.update:
        kinds.append("anchor")
    if m.segment:
        kinds.append("segment")
    copies = tuple(
        Buffer(f"{kind}{layer}", (m.heads, *shape))
        for layer, shape in enumerate(m.weights, 1)
        for kind in kinds
    )
    return copies + _pairs(m)


def _pairs(m: MemoryPlan) -> tuple[Buffer, ...]:
    """The earlier pairs of an open window, with what its loss mentions and how much each counts."""
    if not m.windowed:
        return ()
    sizes = {"keys": m.sizes[0], "values": m.sizes[-1], **dict(zip(m.extras, m.extra_sizes, strict=True))}
    sizes["counts"] = 1
    return tuple(Buffer(name, (m.heads, m.window - 1, size)) for name, size in sizes.items())


def uses_anchor(m: MemoryPlan) -> bool:
    """Whether a copy older than the running state is looked at: family scan's gradients never do."""
    return m.anchor > 1 and (m.family != "scan" or (m.keep is not None and m.keep_to == "anchor"))


def _cache(m: MemoryPlan, length: int) -> tuple[Buffer, ...]:
    rows = m.pairs * (min(length, m.window - 1) if m.window else length)
    heads, ends = m.key_heads or m.heads, (m.sizes[0], m.sizes[-1])
    found = [Buffer(name, (heads, rows, n)) for name, n in zip(("keys", "values"), ends, strict=True)]
    if m.sinks:
        names = ("first_keys", "first_values")
        found += [Buffer(name, (heads, m.sinks * m.pairs, n)) for name, n in zip(names, ends, strict=True)]
    return tuple(found)


def _difference(m: MemoryPlan) -> tuple[Buffer, ...]:
    kinds = ["difference", "gradient"] + (["momentum"] if m.beta is not None else [])
    return tuple(
        Buffer(f"{kind}{layer}", shape) for layer, shape in enumerate(m.weights, 1) for kind in kinds
    )
