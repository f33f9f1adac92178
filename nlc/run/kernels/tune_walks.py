"""`make tuned`, for memories with anchors: warps of `walk` and `walk_back`, by what compiling them shows.

As in `tune.py`; what differs is that a chunk is what lies between two anchors, and that a program holds whole
weights. `python -m nlc.run.kernels.tune_walks sm_90` is for that GPU; what is known of others is kept.
"""

from __future__ import annotations

import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import version
from typing import Any

import torch

import nlc
from nlc.emit import emit
from nlc.ir.plan import Plan
from nlc.lower import lower
from nlc.lower.tuned import records, variant
from nlc.run.kernels.ahead import recording
from nlc.run.kernels.exercise import exercise
from nlc.run.kernels.patch import patched
from nlc.run.kernels.tune import FOLDER, TARGETS, Choice
from nlc.run.load import Package, build

SPEC = """nl 1
block f(x: [T {size}]) {{
  memory m(x) {{
    structure: {structure}
    keys:      linear(x) |> l2norm
    values:    linear(x)
    queries:   linear(x) |> l2norm
    objective: l2
    optimizer: {optimizer}
    retention: keep(linear(x, 1, bias=4.0) |> sigmoid, to={home})
    update:    every token
    anchor:    every 16 tokens
    init:      learned
  }}
  return m(x)
}}
"""
RATE = "linear(x, 1) |> sigmoid"
KINDS = {
    "titans": (f"momentum(lr={RATE}, beta={RATE})", "init", "residual=true", (1, 2)),
    "ttt": (f"sgd(lr={RATE})", "anchor", "bias=true, residual=true, norm=learned", (1, 4)),
    "yaad": (f"sgd(lr={RATE})", "init", "residual=true, norm=true", (1, 4)),
}
"""Optimizer, what is forgotten to, structure, and how much wider than a key the hidden layer is."""
SIZES = (32, 64)
WARPS = (8, 4)
"""In the order of their promise."""
NUMBER, DTYPE = "float16", torch.bfloat16


def specs() -> list[str]:
    """The memories that are compiled: networks of two layers, and of one."""
    texts: list[str] = []
    for size in SIZES:
        for optimizer, home, structure, widths in KINDS.values():
            layers = [f"mlp(expansion={width}, {structure})" for width in widths]
            layers.append(f"mlp(depth=1, {structure})" if "norm" in structure else "matrix()")
            texts += [SPEC.format(size=size, structure=s, optimizer=optimizer, home=home) for s in layers]
    return texts


def tune(package: Package, plan: Plan, target: str) -> dict[str, Choice]:
    """A choice for each kernel; the fewest bytes of stack, and of as many the first."""
    best: dict[str, Choice] = {}
    values = plan.blocks[-1].memories[0].sizes[-1]
    for warps in WARPS:
        with _warps(package, warps), recording(target) as launches:
            exercise(package, plan, 32, DTYPE)
        for launch in launches:
            found = launch.compiled.resources
            if found is None or found.problem:
                continue
            if launch.kernel not in best or found.stack_bytes < best[launch.kernel].stack:
                best[launch.kernel] = Choice(values, warps, 1, found.stack_bytes)
        if best and not any(choice.stack for choice in best.values()):
            break
    return best


@contextmanager
def _warps(package: Package, warps: int) -> Generator[None]:
    """Every kernel of the package with so many warps, whatever was chosen earlier."""
    file: Any = import_module(f"{package.module.__name__}.kernels_f_m")
    safest = file.SCHEDULES["any"]
    changed = {n: (row[0], warps, 1) if n != "tokens" else row for n, row in safest.items()}
    with patched(file, SCHEDULES={"any": changed}):
        yield


def main(targets: list[str]) -> None:
    """Write `tuned/dual.toml` anew for these GPUs."""
    known: dict[tuple[str, str, str], Mapping[str, Any]] = {
        (shape, kind, target): record
        for shape, kinds in records("dual").items()
        for kind, found in kinds.items()
        for target, record in found.items()
    }
    for text in specs():
        plan = lower(nlc.loads(text).checked, 0)
        package, memory = build(emit(plan, "triton")), plan.blocks[-1].memories[0]
        shape, kind = "x".join(map(str, memory.sizes)), variant(memory)
        for target in targets:
            record: dict[str, Any] = {"tokens": int(kind.split()[0])}
            for name, choice in tune(package, plan, target).items():
                record[name] = vars(choice)
            known[shape, kind, f"{target} {NUMBER}"] = record
            print(shape, kind, target, record, file=sys.stderr, flush=True)
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "dual.toml").write_text(_toml(known), encoding="utf-8")


def _toml(known: Mapping[tuple[str, str, str], Mapping[str, Any]]) -> str:
    lines = [
        "# How memories with anchors are launched, by shape of a head, kind, GPU and size of a number.",
        "# `make tuned` writes it. stack: bytes that a thread spills, as compiling shows; nothing was timed.",
        f'triton = "{version("triton")}"',
    ]
    for (shape, kind, target), record in sorted(known.items()):
        lines += ["", f'[schedule.{shape}."{kind}"."{target}"]', f"tokens = {record['tokens']}"]
        lines += [f"{n} = {Choice(**row).text()}" for n, row in record.items() if n != "tokens"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main(sys.argv[1:] or list(TARGETS))
