"""`reference.py` of a package: the definition, token by token."""

from __future__ import annotations

from dataclasses import replace

from nlc.emit.facts import Package
from nlc.emit.imports import header
from nlc.emit.maps import map_names
from nlc.emit.slow import SlowWriter
from nlc.emit.statements import stater
from nlc.emit.table import printer
from nlc.emit.templates import render
from nlc.emit.wrap import wrap
from nlc.ir.plan import BlockPlan, MemoryPlan


def reference_file(package: Package) -> str:
    """Functions for every memory and block, and `run`."""
    plan = package.plan
    blocks = [b for b in plan.blocks if package.stateful[b.name] or package.is_last(b)]
    levels = [(b, m) for b in plan.blocks for m in b.memories if m.family == "level"]
    body = render(
        "reference/package.py.j2",
        kind=plan.system.kind,
        period=plan.level_period,
        second_order=package.second_order,
        renews=package.renews,
        groups=[text for b in blocks for text in _memories(package, b)],
        blocks=[_block(package, b) for b in blocks],
        steps=[(m.class_name, f"{b.name}__{m.identifier}_step") for b, m in levels],
    )
    names = {
        "chunks": ("with_bias",),
        "clock": ("Clock",),
        "layers": ("l2norm", "log_cosh", "phase", "rope"),
        "maps": map_names(),
        "state": ("State", "copy_tree", "merge"),
        "trace": ("note", "noting"),
    }
    about = f"The definition of `{plan.system.name}`: token by token, inner gradients by autograd."
    plain = "Slow and plain; every fast path is tested against it, in outputs and gradients."
    return f'"""{about}\n\n{package.head}\n{plain}\n"""\n\n{header(body, names)}\n\n{body}'


def _memories(package: Package, block: BlockPlan) -> list[str]:
    used = {
        "code": printer(package.table),
        "statements": stater(package.table),
        "mapped": package.table.mapped,
    }
    out: list[str] = []
    for m in block.memories:
        template = _template(m)
        own = replace(m, identifier=f"{block.name}__{m.identifier}")
        place = package.place(block, m)
        about = f"# {place}\n" if place else ""
        text = render(f"reference/{template}.py.j2", m=own, **used)
        out.append(about + text.strip("\n"))
    return out


def _template(m: MemoryPlan) -> str:
    if m.family not in ("scan", "dual", "states"):
        return m.family
    plain = len(m.weights) == 1 and not (m.norm or m.shortcut or m.bias)
    return "matrix" if plain else "memory"


def _lands(m: MemoryPlan) -> bool:
    """Whether anything falls due at some position."""
    copies = {"visible1", "anchor1", "segment1"}.intersection(buffer.name for buffer in m.buffers)
    return m.family in ("scan", "dual", "states", "regression") and bool(copies or m.renew)


def _functions(package: Package) -> set[str]:
    """Names of the reference's own functions."""
    blocks = package.plan.blocks
    own = {f"{b.name}__{m.identifier}" for b in blocks for m in b.memories}
    parts = {f"{name}_{verb}" for name in own for verb in ("inputs", "read", "write", "land", "step")}
    return own | parts | {block.name for block in blocks}


def _block(package: Package, block: BlockPlan) -> dict[str, object]:
    source = package.sources[block.name]
    writer = SlowWriter(block, source, package.table, package.stateful, _functions(package))
    *lines, result = writer.run()
    for m in block.memories:
        if _lands(m):
            slot = f'state["{m.identifier}"]'
            lines.append(
                f"{slot} = {block.name}__{m.identifier}_land(self.{m.identifier}, {slot}, position + 1)"
            )
    return {
        "name": block.name,
        "inputs": ", ".join(writer.inputs),
        "lines": [piece for line in [*lines, result] for piece in wrap(line, 4)],
    }
