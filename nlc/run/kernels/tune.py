"""`make tuned`: how kernels are launched on GPUs that are not here, chosen by what compiling them shows.

For each target, size of a number and shape of a head, the candidates are compiled in the order of their
promise; the first whose kernels keep to registers is taken, else that with the fewest bytes of stack.
What is chosen stands in `backends/triton/tuned`, and goes into every package of that shape.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from itertools import product
from pathlib import Path
from typing import Any

import torch

import nlc
from nlc.run.kernels.ahead import Launch, recording
from nlc.run.load import build

SPEC = """nl 1
block f(x: [T {key}]) {{
  memory m(x) {{
    structure: matrix(heads=1, key={key}, value={value})
    keys:      linear(x)
    values:    linear(x)
    queries:   linear(x)
    objective: {objective}
    optimizer: sgd(lr=linear(x, 1) |> sigmoid)
    retention: keep(linear(x, 1) |> sigmoid)
    update:    every token
  }}
  return m(x)
}}
"""
OBJECTIVES = {"solves": "l2", "sums": "dot"}
TARGETS = ("sm_80", "sm_90", "sm_100", "gfx942")
NUMBERS = {"float16": torch.bfloat16}
"""float32 is launched as `any` says: its products in three parts take minutes to compile for every choice."""
SHAPES = ((64, 64), (128, 128), (32, 64), (32, 32))
TOKENS = (64, 32)
FOLDER = Path(__file__).parents[3] / "backends" / "triton" / "tuned"


@dataclass(frozen=True)
class Choice:
    """How one kernel is launched, and the bytes of stack that it then takes."""

    block: int
    warps: int
    stages: int
    stack: int

    def text(self) -> str:
        return (
            f"{{ block = {self.block}, warps = {self.warps}, stages = {self.stages}, stack = {self.stack} }}"
        )


def candidates(value: int) -> Iterator[tuple[int, int, int]]:
    """Blocks, warps and stages, in the order of what they promise."""
    blocks = [size for size in (64, 128, 32) if size <= value]
    return ((block, warps, 2) for block, warps in product(blocks, (4, 8)))


def tune(file: Any, target: str, dtype: torch.dtype, key: int, value: int) -> tuple[int, dict[str, Choice]]:
    """Tokens of a chunk, and a choice for each kernel of an emitted file."""
    found: dict[int, dict[str, Choice]] = {}
    for tokens in TOKENS:
        best: dict[str, Choice] = {}
        for candidate in candidates(value):
            for launch in launches(file, target, dtype, key, value, tokens, candidate):
                stack = _stack(launch)
                if stack is not None and (launch.kernel not in best or stack < best[launch.kernel].stack):
                    best[launch.kernel] = Choice(*candidate, stack)
            if len(best) == len(_names(file)) and not any(choice.stack for choice in best.values()):
                return tokens, best
        if len(best) == len(_names(file)):
            found[tokens] = best
    if not found:
        raise LookupError(f"nothing of {key}x{value} compiles for {target}")
    fewest = min(found, key=lambda tokens: sum(choice.stack for choice in found[tokens].values()))
    return fewest, found[fewest]


def launches(
    file: Any,
    target: str,
    dtype: torch.dtype,
    key: int,
    value: int,
    tokens: int,
    candidate: tuple[int, int, int],
) -> list[Launch]:
    """Forward and backward of a few chunks, compiled and not run."""
    schedule = {"tokens": tokens, **dict.fromkeys(_names(file), candidate)}
    before = file.SCHEDULES["any"]
    file.SCHEDULES["any"] = schedule
    streams = [torch.zeros(1, 256, 2, n, dtype=dtype, requires_grad=True) for n in (key, key, value)]
    gates = [torch.zeros(1, 256, 2, requires_grad=True) for _ in range(2)]
    try:
        with recording(target) as made:
            out, last = file.Scan.apply(*streams, *gates, torch.zeros(1, 2, value, key))
            (out.sum() + last.sum()).backward()
    finally:
        file.SCHEDULES["any"] = before
    return made


def _names(file: Any) -> list[str]:
    return [name for name in file.SCHEDULES["any"] if name != "tokens"]


def _stack(launch: Launch) -> int | None:
    """None if it does not compile, or not into what the target has room for."""
    found = launch.compiled.resources
    return None if found is None or found.problem else found.stack_bytes


def emitted(variant: str, key: int, value: int) -> Any:
    """The kernels of a memory of this variant and shape, without what was chosen earlier."""
    package = build(
        nlc.loads(SPEC.format(key=key, value=value, objective=OBJECTIVES[variant])).files("triton")
    )
    file: Any = import_module(f"{package.module.__name__}.kernels_f_m")
    for name in [name for name in file.SCHEDULES if name != "any"]:
        del file.SCHEDULES[name]
    return file


def main() -> None:
    """Write `tuned/scan.toml` anew."""
    from importlib.metadata import version

    lines = [
        "# How kernels are launched, by shape of a head, GPU and size of a number; `make tuned` writes it.",
        "# stack: bytes that a thread spills, as compiling for that GPU showed; nothing was timed.",
        f'triton = "{version("triton")}"',
    ]
    for (key, value), variant in product(SHAPES, OBJECTIVES):
        file = emitted(variant, key, value)
        for target, (number, dtype) in product(TARGETS, NUMBERS.items()):
            tokens, choices = tune(file, target, dtype, key, value)
            lines += ["", f'[schedule.{key}x{value}.{variant}."{target} {number}"]', f"tokens = {tokens}"]
            lines += [f"{name} = {choice.text()}" for name, choice in choices.items()]
            print(*lines[-len(choices) - 2 :], sep="\n", file=sys.stderr, flush=True)
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "scan.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
