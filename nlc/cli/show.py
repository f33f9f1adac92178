"""`nlc show`: a spec as a stage understood it."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from nlc.cli import options
from nlc.report import Report
from nlc.run.stages import Stages

Stage = Literal["read", "check", "level", "plan"]


def show(
    spec: options.Spec,
    stage: Annotated[Stage, typer.Option(help="Whose result to print.")] = "check",
    defaults: Annotated[
        bool, typer.Option("--defaults", help="Print the spec itself, every default written out.")
    ] = False,
    yaml: Annotated[bool, typer.Option("--yaml", help="With --defaults: as YAML.")] = False,
    settings: options.Set = None,
    root: options.Root = None,
    budget: options.Budgets = None,
    parts: options.Parts = None,
    as_json: options.Json = False,
) -> None:
    """Print what a stage made of the spec."""
    if yaml and not defaults:
        raise typer.BadParameter("only --defaults prints a spec: `nlc convert` writes one as YAML")
    with options.told(as_json):
        made = options.stages(spec, settings, root, budget)
        text = _full(made, yaml) if defaults else picture(made, stage)
        options.warn(made.system.report if defaults or stage != "read" else Report())
    if as_json:
        options.print_json({"stage": "defaults" if defaults else stage, "text": text})
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


def _full(made: Stages, yaml: bool) -> str:
    """The spec with every default filled in, and its comments where they were."""
    from dataclasses import replace

    from nlc.check.defaults import filled
    from nlc.read import parse_any
    from nlc.read.remarks import remarks
    from nlc.write.nl import write_nl
    from nlc.write.yaml import write_yaml

    source = made.project.main.span.source
    read = parse_any(source)  # its `use` as written
    notes = remarks(source, read)
    file, beside = filled(read, made.system)
    for place, comment in beside.items():
        note = notes.places[place]
        notes.places[place] = replace(note, trail=f"{comment}; {note.trail[2:]}" if note.trail else comment)
    notes.short.clear()
    return write_yaml(file, notes) if yaml else write_nl(file, notes)


def _system(made: Stages) -> str:
    """Blocks, their memories and their values, names resolved and shapes known."""
    lines = [f"{made.system.kind} {made.system.name}  {made.system.semantic_hash}"]
    for block in made.system.blocks:
        inputs = ", ".join(f"{name} {shape}" for name, shape in block.inputs)
        lines += ["", f"{block.name}({inputs})"]
        for memory in block.memories:
            parts = (memory.structure, memory.objective, memory.optimizer, memory.retention, memory.init)
            words = " ".join(part.name for part in parts)
            lines.append(f"  memory {memory.name}: {words}, {memory.update}, anchor {memory.anchor}")
        for value in block.values:
            args = " ".join(f"%{index}" for index in value.args)
            given = ", ".join(f"{key}={shown}" for key, shown in value.attributes.items())
            op = f"{value.op}({given})" if given else value.op
            words = " ".join(word for word in (op, value.target, args) if word)
            name = f"  ({value.name})" if value.name else ""
            lines.append(f"  %{value.index} = {words}: {value.shape}{name}")
    return "\n".join(lines)
