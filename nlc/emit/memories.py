"""`memories.py` and `chunks.py` of a package: one class a memory, and the functions they share."""

from __future__ import annotations

import re

from nlc.data import backend
from nlc.emit.facts import MODULES, Package, modules
from nlc.emit.imports import GLOBAL, called, header
from nlc.emit.kernels import module
from nlc.emit.maps import map_names
from nlc.emit.statements import stater
from nlc.emit.step import step_module
from nlc.emit.table import printer
from nlc.emit.templates import render
from nlc.emit.wrap import wrap
from nlc.ir.plan import BlockPlan, MemoryPlan

CHUNKS = "package/chunks.py.j2"


def memories_file(package: Package) -> str:
    """One class for each memory, block by block."""
    used = {
        "code": printer(package.table),
        "statements": stater(package.table),
        "mapped": package.table.mapped,
    }
    classes = [
        render(
            f"memory/{m.family}.py.j2",
            m=m,
            **used,
            fields=_fields(package, block, m),
            place=package.place(block, m),
            kernels=module(package, block, m),
            step=step_module(package, block, m),
        ).strip("\n")
        for block in package.plan.blocks
        for m in block.memories
    ]
    body = "\n\n\n".join(classes)
    layers = (*MODULES, "log_cosh")
    names = {
        "alone": ("by_step",),
        "chunks": _sections(),
        "clock": ("take",),
        "device": ("on_device",),
        "layers": layers,
        "maps": map_names(),
        "over": ("over",),
    }
    about = f"The memories of `{package.plan.system.name}`, one class each."
    return f'"""{about}\n\n{package.head}\n"""\n\n{header(body, names)}\n\n{body}\n'


def _fields(package: Package, block: BlockPlan, m: MemoryPlan) -> list[str]:
    """What the class holds besides its own state: the ops of its fields, and how often it is written."""
    times = {"level": f"self.period = {m.update}", "parameter": f"self.every = {m.update}"}
    lines = [*modules(package, block, m.identifier), *([times[m.family]] if m.family in times else [])]
    if m.family == "level" and package.renews:
        lines.append(f"self.renewal = {m.renew}")
    return [piece for line in lines for piece in wrap(line, 8)]


def _sections() -> list[str]:
    return re.findall(r'section\("(\w+)"\)', backend(f"torch/{CHUNKS}"))


def chunks_file(memories: str) -> str:
    """The shared functions that the memories call, and those that these call; '' when there are none."""
    names = _sections()
    texts = {name: render(CHUNKS, needs=[name]) for name in names}
    needs = set(called(names, memories))
    if not needs:
        return ""
    while more := {n for known in needs for n in called(names, texts[known])} - needs:
        needs |= more
    text = render(CHUNKS, needs=sorted(needs))
    for line, pattern in GLOBAL.items():
        if not re.search(rf"\b{pattern}", text.replace(line, "")):
            text = text.replace(f"{line}\n", "", 1)
    return re.sub(r'"""\n\n\n+', '"""\n\n' if "\nimport" in text else '"""\n\n\n', text, count=1)
