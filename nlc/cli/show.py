"""`nlc show`: a spec as a stage understood it."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from nlc.cli import options
from nlc.run.stages import Stages

Stage = Literal["read", "check", "level", "plan"]


def show(
    spec: options.Spec,
    stage: Annotated[Stage, typer.Option(help="Whose result to print.")] = "check",
    settings: options.Set = None,
    root: options.Root = None,
    budget: options.Budgets = None,
    parts: options.Parts = None,
    as_json: options.Json = False,
) -> None:
    """Print what a stage made of the spec."""
    with options.told(as_json):
        made = options.stages(spec, settings, root, budget)
        text = picture(made, stage)
        if stage != "read":
            options.warn(made.system.report)
    if as_json:
        options.print_json({"stage": stage, "text": text})
    else:
        options.put(text, None)


def picture(made: Stages, stage: Stage) -> str:
    """The stage's result as text."""
    if stage == "read":
        from nlc.write.nl import print_nl

        return print_nl(made.project.main)
    if stage == "level":
        from nlc.level.draw import text

        return text(made.graph)
    if stage == "plan":
        from nlc.lower import show

        return show.text(made.plan)
    return _system(made)


def _system(made: Stages) -> str:
    """Blocks, their memories and their values, names resolved and shapes known."""
    lines = [f"{made.system.kind} {made.system.name}  {made.system.semantic_hash}"]
    for block in made.system.blocks:
        inputs = ", ".join(f"{name} {shape}" for name, shape in block.inputs)
        lines += ["", f"{block.name}({inputs})"]
        for memory in block.memories:
            parts = (memory.structure, memory.objective, memory.optimizer, memory.retention, memory.init)
            words = " ".join(part.name for part in parts)
            lines.append(f"  memory {memory.name}: {words}, every {memory.update}, anchor {memory.anchor}")
        for value in block.values:
            args = " ".join(f"%{index}" for index in value.args)
            words = " ".join(word for word in (value.op, value.target, args) if word)
            name = f"  ({value.name})" if value.name else ""
            lines.append(f"  %{value.index} = {words}: {value.shape}{name}")
    return "\n".join(lines)
