"""`model.py` of a package: one class for each block."""

from __future__ import annotations

from typing import Any

from nlc.emit.chained import chain_methods
from nlc.emit.facts import MODULES, Package, modules
from nlc.emit.fast import FastWriter, Method
from nlc.emit.imports import header
from nlc.emit.lines import slots
from nlc.emit.templates import render
from nlc.emit.wrap import give, marked, wrap
from nlc.ir.plan import BlockPlan
from nlc.ir.system import Block, Shape, Value

LAYERS = (*MODULES, "l2norm", "log_cosh", "phase", "repeat", "rope")


def model_file(package: Package) -> str:
    """The blocks, smallest first, the whole last."""
    blocks = [_block(package, block) for block in package.plan.blocks]
    module, base = package.base
    body = render("package/model.py.j2", blocks=blocks, base=base)
    own = {"chains": ("fused",), "layers": LAYERS, "over": ("over",), module: (base,)}
    names = dict(sorted(own.items()))
    imports = header(body.replace(f"({base}):", f"({base}()):"), names, whole=("memories",))
    about = f"The blocks of `{package.plan.system.name}`, from the smallest to the whole."
    return f'"""{about}\n\n{package.head}\n"""\n\n{imports}{body}'


def _block(package: Package, block: BlockPlan) -> dict[str, Any]:
    source, last = package.sources[block.name], package.is_last(block)
    writer = FastWriter(block, source, package.table, package.stateful)
    writer.chained(package.chains.get(block.name, ()))
    inputs = writer.inputs
    carries = package.stateful[block.name] or last
    lines, methods = writer.run(carries)
    arguments = ", ".join(["self", *inputs, *(["before", "clock"] if carries else [])])
    return {
        "class_name": block.class_name,
        "text": block.text,
        "numbered": any(value.op == "layer" for value in source.values),
        "modules": _members(package, block),
        "carries": carries,
        "starts": _starts(package, block),
        "says": _says(source, carries),
        "head": wrap(f"def {'run' if last else 'forward'}({arguments}):", 4),
        "lines": [piece for line in lines for piece in wrap(line, 8)],
        "methods": [_method(method) for method in methods],
        "chains": chain_methods(package, block),
        "levels": _levels(package, block),
    }


def _method(method: Method) -> dict[str, Any]:
    """The lines of a stage that runs period by period."""
    return {
        "head": wrap(f"def {method.name}({', '.join(['self', 'state', 'clock', *method.given])}):", 4),
        "about": method.about,
        "statements": [piece for line in method.statements for piece in wrap(line, 8)],
        "lands": method.lands,
        "result": give(method.kept, 8),
    }


def _members(package: Package, block: BlockPlan) -> list[str]:
    classes = {other.name: other.class_name for other in package.plan.blocks}
    lines = modules(package, block, "")
    for m in block.memories:
        place = package.sources[block.name].memory(m.name).span
        lines.append(marked(f"self.{m.identifier} = memories.{m.class_name}()", place))
    for value in package.sources[block.name].values:
        if value.op == "call" and not any(line.startswith(f"self.{value.owner} ") for line in lines):
            made = _called(value, classes[value.target])
            lines.append(marked(f"self.{value.owner} = {made}", value.span))
    return [piece for line in lines for piece in wrap(line, 8)]


def _called(value: Value, kind: str) -> str:
    """What makes the module of a call, or of the blocks in a row; a numbered block is told its layer."""
    count, number = int(value.attributes["count"]), value.attributes.get("number")
    if count == 1:
        told = {"own": "self.layer", "counted": "0"}.get(str(number), "")
        return f"{kind}({told})"
    if number == "counted":
        return f"nn.ModuleList({kind}(layer) for layer in range({count}))"
    return f"nn.ModuleList({kind}({'self.layer' if number else ''}) for _ in range({count}))"


def _starts(package: Package, block: BlockPlan) -> list[str]:
    source = package.sources[block.name]
    made = {
        m.identifier: f"self.{m.identifier}.start(batch)" for m in block.memories if m.family != "parameter"
    }
    for index, slot in slots(source).items():
        value = source.values[index]
        if value.op != "call":
            made[slot] = f"self.{value.owner}.start(batch)"
        elif package.stateful[value.target]:
            several = int(value.attributes["count"]) > 1
            start = f"[layer.start(batch) for layer in self.{value.owner}]"
            made[slot] = start if several else f"self.{value.owner}.start(batch)"
    return [f'"{slot}": {start}' for slot, start in made.items()]


def _says(source: Block, carries: bool) -> str:
    def axes(shape: Shape) -> str:
        return f"({', '.join(['batch', 'tokens', *map(str, shape)])})"

    inputs = ", ".join(f"{name} {axes(shape)}" for name, shape in source.inputs)
    result = axes(source.values[source.result].shape)
    return f"{inputs} to {f'({result}, state)' if carries else result}."


def _levels(package: Package, block: BlockPlan) -> list[str]:
    lines = [
        f'yield self.{m.identifier}, state["{m.identifier}"]' for m in block.memories if m.family == "level"
    ]
    for value in package.sources[block.name].values:
        if value.op != "call" or not package.levelled[value.target]:
            continue
        if int(value.attributes["count"]) > 1:
            lines.append(f'for layer, part in zip(self.{value.owner}, state["{value.owner}"], strict=True):')
            lines.append("    yield from layer.levels(part)")
        else:
            lines.append(f'yield from self.{value.owner}.levels(state["{value.owner}"])')
    return lines
