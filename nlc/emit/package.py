"""What files a package has, and what stands in each."""

from __future__ import annotations

from importlib.metadata import version

from nlc.emit import lockfile
from nlc.emit.chains import chain_files
from nlc.emit.facts import Package, describe
from nlc.emit.kernels import kernel_files
from nlc.emit.maps import maps_file
from nlc.emit.memories import chunks_file, memories_file
from nlc.emit.model import model_file
from nlc.emit.reference import reference_file
from nlc.emit.step import step_files
from nlc.emit.templates import render
from nlc.ir.plan import Plan


def package(plan: Plan, backend: str = "torch") -> dict[str, str]:
    """File name to text."""
    made = describe(plan, provenance(plan), backend)
    memories, reference = memories_file(made), reference_file(made)
    files = {
        "__init__.py": _init(made),
        "model.py": model_file(made),
        "memories.py": memories if any(block.memories for block in plan.blocks) else "",
        "chunks.py": chunks_file(memories),
        "bridge.py": render("package/bridge.py.j2") if made.plan.level_period else "",
        "clock.py": render("package/clock.py.j2"),
        "layers.py": render("package/layers.py.j2"),
        "maps.py": maps_file(memories, reference),
        "over.py": render("package/over.py.j2"),
        "packed.py": render("package/packed.py.j2"),
        "sequence.py": _sequence(plan),
        "learner.py": _learner(made),
        "where.py": render("package/where.py.j2"),
        "state.py": render("package/state.py.j2", plan=plan),
        "reference.py": reference,
        "trace.py": _trace(made),
        **kernel_files(made),
        **step_files(made),
        **chain_files(made),
        "spec.nl": plan.system.text,
    }
    written = {name: text.rstrip("\n") + "\n" for name, text in files.items() if text}
    return {**written, lockfile.NAME: lockfile.lock(plan, written, backend).text()}


def provenance(plan: Plan) -> str:
    """Where a file came from; stands at its head."""
    made_from = plan.system.semantic_hash[:16]
    return f"Written by nlc {version('nlc')} from spec {made_from}: edit the spec, not this file."


def _init(made: Package) -> str:
    name = made.plan.blocks[-1].class_name
    return render("package/__init__.py.j2", plan=made.plan, head=made.head, name=name)


def _trace(made: Package) -> str:
    memories = [m for block in made.plan.blocks for m in block.memories if m.family != "parameter"]
    return render("package/trace.py.j2", memories=memories)


def _sequence(plan: Plan) -> str:
    kind, (_, shape) = plan.system.kind, plan.system.blocks[-1].inputs[0]
    return render("package/sequence.py.j2", kind=kind, size=shape[0] if kind == "block" else 0)


def _learner(made: Package) -> str:
    """Nothing, for a model without levels that learn in the sequence."""
    plan = made.plan
    if not plan.level_period:
        return ""
    return render(
        "package/learner.py.j2",
        period=plan.level_period,
        vocab=plan.system.vocab,
        second_order=made.second_order,
        renews=made.renews,
    )
