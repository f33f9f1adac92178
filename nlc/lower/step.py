"""Which memories have a kernel for a token by itself: one launch, and the state is moved once."""

from __future__ import annotations

from nlc.ir.plan import BlockPlan, MemoryPlan

LARGEST = 256
"""Numbers that a key or value of a head may have at most: a few rows of the state are held at once."""


def steps(m: MemoryPlan) -> bool:
    """Whether a step serves the memory."""
    several_keys = m.erases_apart and (m.slope != 0 or m.steps > 1)
    return m.family == "scan" and not several_keys and not m.extras and all(map(_fits, m.sizes))


def overwrites(block: BlockPlan, m: MemoryPlan) -> bool:
    """Whether a step may write the new state over the old one: nothing else is made of that."""
    copies = [buffer for buffer in m.buffers if buffer.name not in ("layer1", "momentum1")]
    uses = [v for stage in block.stages for v in stage.values if v.target == m.name]
    return not copies and len(uses) == 1


def _fits(size: int) -> bool:
    """Loops on the chip count in powers of two."""
    return size <= LARGEST and size.bit_count() == 1
