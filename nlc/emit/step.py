"""`alone.py` and a file with the step of each memory that a kernel takes from token to token."""

from __future__ import annotations

from nlc.emit.facts import Package
from nlc.emit.kernels import broken, goal
from nlc.emit.templates import render_triton
from nlc.ir.plan import BlockPlan, MemoryPlan
from nlc.lower.step import overwrites, steps

ROWS = 16
"""Rows of a state that a program holds: enough programs for a small batch, and few that load the same key."""


def step_module(package: Package, block: BlockPlan, m: MemoryPlan) -> str:
    """The name of the file, without `.py`; '' where there is none."""
    return f"step_{block.name}_{m.identifier}" if package.backend == "triton" and steps(m) else ""


def step_files(package: Package) -> dict[str, str]:
    """File name to text."""
    files = {
        f"{name}.py": _text(package, block, m)
        for block in package.plan.blocks
        for m in block.memories
        if (name := step_module(package, block, m))
    }
    shared = {f"{name}.py": render_triton(f"{name}.py.j2") for name in ("alone", "device")}
    return {**shared, **files} if files else {}


def _text(package: Package, block: BlockPlan, m: MemoryPlan) -> str:
    pulls = m.slope != 0
    used = (m.rate, m.beta, m.keep if m.decays else None, m.erase if m.erases else None)
    text = render_triton(
        "step.py.j2",
        m=m,
        head=package.head,
        gates=list(dict.fromkeys(role for role in used if isinstance(role, str))),
        pulls=pulls,
        erases=m.erases,
        solves=pulls or m.erases,
        decays=m.decays,
        reads=m.update == 1,
        target=m.target,
        anchor=m.anchored,
        goal=goal(package, m),
        overwrites=overwrites(block, m),
        rows=ROWS,
        warps=max(2, m.sizes[0] // 64),
    )
    return broken(text)
