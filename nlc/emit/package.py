"""What files a package has, and what stands in each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib.metadata import version
from typing import Any

from jinja2 import BaseLoader, Environment, TemplateNotFound

from nlc.data import backend
from nlc.emit.fast import FastWriter, Method
from nlc.emit.slow import SlowWriter
from nlc.emit.table import Table, printer, table
from nlc.emit.wrap import wrap
from nlc.ir.plan import BlockPlan, MemoryPlan, Plan
from nlc.ir.system import Block, Value
from nlc.parts.part import Op
from nlc.parts.registry import find

IMPORTS = ("import torch\n", "import torch.nn.functional as F\n", "from torch import nn\n")
TASKS = ("parameter", "level")


class _Loader(BaseLoader):
    """Templates of one backend, from nlc's own data."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, None, None]:
        try:
            return backend(f"torch/{template}"), None, None
        except FileNotFoundError:
            raise TemplateNotFound(template) from None


@cache
def _environment() -> Environment:
    # Values reach templates as vetted identifiers and literals only; there is no HTML here.
    return Environment(
        loader=_Loader(), trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, autoescape=False
    )


def render(template: str, **values: Any) -> str:
    """A template of the torch backend, filled."""
    return _environment().get_template(template).render(**values)


def package(plan: Plan) -> dict[str, str]:
    """File name to text."""
    system = plan.system
    head = provenance(plan)
    sources = {block.name: block for block in system.blocks}
    stateful = _stateful(plan, sources)
    base = "Model" if system.kind == "model" else "Layer"
    second_order = any(m.second_order for block in plan.blocks for m in block.memories)
    shared = {"kind": system.kind, "base": base, "period": plan.level_period, "second_order": second_order}
    memories = _memories(plan, sources, head)
    files = {
        "__init__.py": render("package/__init__.py.j2", plan=plan, head=head, name=_class(plan), every=_every(plan)),
        "model.py": _model(plan, sources, stateful, base, head),
        "sequence.py": render("package/sequence.py.j2", **shared),
        "state.py": render("package/state.py.j2"),
        "layers.py": _trim(render("package/layers.py.j2")),
        "memories.py": memories,
        "chunks.py": _chunks(memories),
        "reference.py": _reference(plan, sources, stateful, head),
        "spec.nl": system.text if system.text.endswith("\n") else system.text + "\n",
        "nl.lock": render("package/nl.lock.j2", plan=plan, version=version("nlc")),
    }
    if not any(m.family not in TASKS or m.family == "level" for block in plan.blocks for m in block.memories):
        del files["chunks.py"]
    return {name: text.rstrip("\n") + "\n" for name, text in files.items()}


def provenance(plan: Plan) -> str:
    """Where the file came from; goes to the head of each."""
    return f"Written by nlc {version('nlc')} from spec {plan.system.semantic_hash[:16]}: edit the spec, not this file."


def _every(plan: Plan) -> dict[str, int]:
    """Memories that are written less often than at every step, by the end of their path."""
    return {
        m.identifier: m.update for block in plan.blocks for m in block.memories
        if m.family == "parameter" and m.update > 1
    }


def _class(plan: Plan) -> str:
    return plan.blocks[-1].class_name


def _stateful(plan: Plan, sources: Mapping[str, Block]) -> dict[str, bool]:
    """Which blocks carry anything from token to token."""
    out: dict[str, bool] = {}
    for block in plan.blocks:
        values = sources[block.name].values
        own = any(m.family != "parameter" for m in block.memories) or any(v.op == "conv" for v in values)
        out[block.name] = own or any(out[v.target] for v in values if v.op == "call")
    return out


def _modules(block: BlockPlan, source: Block, owner: str, used: Table) -> list[str]:
    """Lines that make the modules of ops: those of `owner` (a memory), or the block's own for ''."""
    lines: dict[str, str] = {}
    for value in source.values:
        stem, _, leaf = value.owner.rpartition(".")
        if value.op == "call" or not value.owner or stem != owner or leaf in lines:
            continue
        made = _module(value, source, used)
        if made:
            lines[leaf] = f"self.{leaf} = {made}"
    return list(lines.values())


def _module(value: Value, source: Block, used: Table) -> str:
    kind = find("op", value.op)
    assert kind is not None and issubclass(kind, Op)
    op = kind(**value.attributes)
    shapes = op.parameters(tuple(source.values[i].shape for i in value.args))
    names: dict[str, Any] = dict(value.attributes)
    for name, shape in shapes.items():
        names |= {f"{name}_{axis}": size for axis, size in enumerate(shape)}
    row = f"{value.op}.bias" if "bias" in value.attributes else value.op
    return used.modules[row].format(**names) if shapes else ""


def _model(plan: Plan, sources: Mapping[str, Block], stateful: Mapping[str, bool], base: str, head: str) -> str:
    blocks = [
        _block(block, sources[block.name], stateful, last=block is plan.blocks[-1]) for block in plan.blocks
    ]
    about = f"The blocks of `{plan.system.name}`, from the smallest to the whole."
    text = render("package/model.py.j2", blocks=blocks, about=about, provenance=head, base=base, imports=["IMPORTS"])
    return text.replace("IMPORTS\n", _imports(text, base))


def _imports(text: str, base: str) -> str:
    """Only what the text uses, in the order that linters want."""
    layers = ("Conv", "Embedding", "Linear", "Weight", "l2norm", "log_cosh", "repeat", "rope")
    used = [name for name in layers if re.search(rf"\b{name}\(", text)]
    lines = [line for line, name in zip(IMPORTS, (r"torch\.", r"F\.", r"nn\."), strict=True) if re.search(rf"\b{name}", text)]
    own: list[str] = []
    if "memories." in text:
        own.append("from . import memories\n")
    if used:
        own.append(f"from .layers import {', '.join(used)}\n")
    sequence = [base, *(["cut"] if re.search(r"\bcut\(", text) else [])]
    own.append(f"from .sequence import {', '.join(sequence)}\n")
    return "".join([*lines, "\n", *own])


def _block(block: BlockPlan, source: Block, stateful: Mapping[str, bool], last: bool) -> dict[str, Any]:
    used = table("torch")
    writer = FastWriter(block, source, used, stateful)
    lines, methods = writer.run()
    carries = stateful[block.name] or last
    if not carries:
        lines[-1] = lines[-1].removesuffix(", state")
    inputs = [name for name, _ in source.inputs]
    arguments = ", ".join(["self", *inputs, *(["before", "position"] if carries else [])])
    return {
        "class_name": block.class_name,
        "text": block.text,
        "modules": _members(block, source, used),
        "stateful": stateful[block.name],
        "starts": _starts(block, source, stateful),
        "says": _says(source, carries),
        "head": wrap(f"def {'run' if last else 'forward'}({arguments}):", 4),
        "lines": [piece for line in lines for piece in wrap(line, 8)],
        "methods": [_method(method) for method in methods],
        "levels": _levels(block, source),
    }


def _method(method: Method) -> dict[str, Any]:
    """The lines of a stage that runs period by period."""
    given = ", ".join(method.given)
    comma = "," if len(method.given) == 1 else ""
    kept = ", ".join(method.kept) + ("," if len(method.kept) == 1 else "")
    loop = f"for position, stop, ({given}{comma}) in cut(position, {method.periods!r}, {given}):"
    return {
        "head": wrap(f"def {method.name}({', '.join(['self', 'state', 'position', *method.given])}):", 4),
        "about": method.about,
        "loop": wrap(loop, 8),
        "statements": [piece for line in method.statements for piece in wrap(line, 12)],
        "lands": method.lands,
        "collect": wrap(f"out.append(({kept}))", 12) if method.kept else ["out.append(())"],
    }


def _members(block: BlockPlan, source: Block, used: Table) -> list[str]:
    lines = _modules(block, source, "", used)
    lines.extend(f"self.{m.identifier} = memories.{m.class_name}()" for m in block.memories)
    for value in source.values:
        if value.op != "call":
            continue
        made = f"{_class_of(value.target)}()"
        count = int(value.attributes["count"])
        lines.append(
            f"self.{value.owner} = nn.ModuleList({made} for _ in range({count}))"
            if count > 1
            else f"self.{value.owner} = {made}"
        )
    return lines


def _class_of(block: str) -> str:
    from nlc.lower.rule import class_name

    return class_name(block)


def _starts(block: BlockPlan, source: Block, stateful: Mapping[str, bool]) -> list[str]:
    lines = [
        f'"{m.identifier}": self.{m.identifier}.start(batch)' for m in block.memories if m.family != "parameter"
    ]
    for value in source.values:
        slot = value.owner.replace(".", "_")
        if value.op == "conv" and not any(line.startswith(f'"{slot}"') for line in lines):
            lines.append(f'"{slot}": self.{value.owner}.start(batch)')
        if value.op == "call" and stateful[value.target]:
            several = int(value.attributes["count"]) > 1
            made = f"[layer.start(batch) for layer in self.{slot}]" if several else f"self.{slot}.start(batch)"
            lines.append(f'"{slot}": {made}')
    return lines


def _says(source: Block, carries: bool) -> str:
    def axes(shape: tuple[int, ...]) -> str:
        return f"({', '.join(['batch', 'tokens', *map(str, shape)])})"

    inputs = ", ".join(f"{name} {axes(shape)}" for name, shape in source.inputs)
    result = axes(source.values[source.result].shape)
    return f"{inputs} to {f'({result}, state)' if carries else result}."


def _levels(block: BlockPlan, source: Block) -> list[str]:
    lines = [f'yield self.{m.identifier}, state["{m.identifier}"]' for m in block.memories if m.family == "level"]
    for value in source.values:
        if value.op != "call" or value.target not in LEVELLED:
            continue
        if int(value.attributes["count"]) > 1:
            lines.append(f'for layer, part in zip(self.{value.owner}, state["{value.owner}"], strict=True):')
            lines.append("    yield from layer.levels(part)")
        else:
            lines.append(f'yield from self.{value.owner}.levels(state["{value.owner}"])')
    if lines:
        LEVELLED.add(block.name)
    return lines


LEVELLED: set[str] = set()


def _memories(plan: Plan, sources: Mapping[str, Block], head: str) -> str:
    used = table("torch")
    classes = [
        render(
            f"memory/{m.family}.py.j2",
            m=m,
            code=printer(used),
            fields=_fields(m, block, sources[block.name], used),
        ).strip("\n")
        for block in plan.blocks
        for m in block.memories
    ]
    body = "\n\n\n".join(classes)
    imports = _memory_imports(body)
    return f'"""The memories of `{plan.system.name}`, one class each.\n\n{head}\n"""\n\n{imports}\n\n{body}\n'


def _fields(m: MemoryPlan, block: BlockPlan, source: Block, used: Table) -> list[str]:
    """What the memory's class holds besides its own state: the ops of its fields, its period."""
    period = [f"self.period = {m.update}"] if m.family == "level" else []
    return [*_modules(block, source, m.identifier, used), *period]


def _memory_imports(body: str) -> str:
    names = re.findall(r'section\("(\w+)"\)', backend("torch/package/chunks.py.j2"))
    used = sorted(name for name in set(names) if re.search(rf"\b{name}\(", body))
    layers = [name for name in ("Conv", "Embedding", "Linear", "Weight", "log_cosh") if re.search(rf"\b{name}\(", body)]
    lines = [line for line, name in zip(IMPORTS, (r"torch\.", r"F\.", r"nn\."), strict=True) if re.search(rf"\b{name}", body)]
    own: list[str] = []
    if used:
        own.append(f"from .chunks import {', '.join(used)}")
    if layers:
        own.append(f"from .layers import {', '.join(layers)}")
    return "".join(lines) + ("\n" + "\n".join(own) + "\n" if own else "")


def _chunks(memories: str) -> str:
    source = backend("torch/package/chunks.py.j2")
    names = re.findall(r'section\("(\w+)"\)', source)
    everything = {name: render("package/chunks.py.j2", needs=[name]) for name in names}
    needs = {name for name in names if re.search(rf"\b{name}\(", memories)}
    grown = True
    while grown:
        more = {
            n for n in names for known in needs if n != known and re.search(rf"\b{n}\(", everything[known])
        } - needs
        needs |= more
        grown = bool(more)
    return _trim(render("package/chunks.py.j2", needs=sorted(needs)))


def _trim(text: str) -> str:
    """Without the imports that nothing uses."""
    for line, name in (("import itertools\n", r"itertools\."), *zip(IMPORTS, (r"torch\.", r"F\.", r"nn\."), strict=True)):
        if not re.search(rf"\b{name}", text.replace(line, "")):
            text = text.replace(line, "", 1)
    return re.sub(r'"""\n\n\n+import', '"""\n\nimport', text)


def _reference(plan: Plan, sources: Mapping[str, Block], stateful: Mapping[str, bool], head: str) -> str:
    used = table("torch")
    groups: list[str] = []
    blocks: list[dict[str, Any]] = []
    for block in plan.blocks:
        source = sources[block.name]
        if not stateful[block.name] and block is not plan.blocks[-1]:
            continue
        for m in block.memories:
            template = "memory" if m.family in ("scan", "dual") else m.family
            own = replace(m, identifier=f"{block.name}_{m.identifier}")
            groups.append(render(f"reference/{template}.py.j2", m=own, code=printer(used)).strip("\n"))
        writer = SlowWriter(block, source, used, stateful)
        writer.names |= {other.name for other in plan.blocks}
        lines = writer.run()
        lands = [
            f'state["{m.identifier}"] = {block.name}_{m.identifier}_land(self.{m.identifier}, state["{m.identifier}"], position + 1)'
            for m in block.memories
            if m.family in ("scan", "dual")
        ]
        lines[-1:-1] = lands
        blocks.append(
            {
                "name": block.name,
                "inputs": ", ".join(name for name, _ in source.inputs),
                "lines": [piece for line in lines for piece in wrap(line, 4)],
            }
        )
    text = render("reference/package.py.j2", plan=plan, head=head, groups=groups, blocks=blocks, period=plan.level_period,
                  steps=[(m.class_name, f'{b.name}_{m.identifier}_step') for b in plan.blocks for m in b.memories if m.family == 'level'], kind=plan.system.kind, second_order=any(m.second_order for b in plan.blocks for m in b.memories))
    layers = [name for name in ("l2norm", "log_cosh", "rope") if re.search(rf"\b{name}\(", text)]
    own = f"from .layers import {', '.join(layers)}\n" if layers else ""
    return _trim(text.replace("LAYERS\n", own))


__all__ = ["MemoryPlan", "package", "provenance", "render"]
