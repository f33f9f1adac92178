"""`make bench`: launches, registers and bytes of the gated delta rule, ours and flash-linear-attention's.

Both are asked for the same: outputs of bfloat16 streams with normalized keys, a rate and a kept fraction a
token, and gradients by all of them. Both are compiled for the target by the same launch path and run by the
same interpreter, which counts what each program loads and stores. Runs in an environment of its own
(`.venv-bench`): what is installed beside fla may bind it by name.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1] / "kernels"))

import page
import torch
from torch import Tensor

import nlc
from nlc.run.kernels.ahead import Launch, recording, standing_in
from nlc.run.kernels.targets import target_of
from nlc.run.kernels.traffic import per_token
from nlc.run.load import build

SPEC = """nl 1
dim d = {size}
block f(x: [T d]) {{
  memory m(x) {{
    structure: matrix(heads=1)
    keys:      linear(x)
    values:    linear(x)
    queries:   linear(x)
    objective: l2
    optimizer: sgd(lr=linear(x, 1) |> sigmoid)
    retention: keep(linear(x, 1, bias=4.0) |> sigmoid, first=true)
    update:    every token
  }}
  return m(x)
}}
"""
SHORT, LONG = 512, 1024
"""Tokens: bytes are those of what the longer has more."""
AIMS = {
    (64, "forward"): (3, 0.85),
    (64, "backward"): (4, 0.7),
    (128, "forward"): (3, 0.9),
    (128, "backward"): (4, 0.7),
}
"""Launches, and the share of fla's bytes."""
Rule = Callable[..., Tensor]


@dataclass(frozen=True)
class Side:
    """One implementation: its launches for the target, and its bytes a token by pass."""

    name: str
    launches: list[Launch]
    bytes: dict[str, float]


def ours(size: int) -> Rule:
    package = build(nlc.loads(SPEC.format(size=size)).files("triton"))
    name = package.module.__name__
    file: Any = importlib.import_module(f"{name}.kernels_f_m")

    def rule(queries: Tensor, keys: Tensor, values: Tensor, rate: Tensor, keep: Tensor) -> Tensor:
        return file.Scan.apply(queries, keys, values, rate, keep, torch.zeros(1, 1, size, size))[0]

    return rule


def theirs(size: int) -> Rule:
    rule: Any = importlib.import_module("fla.ops.gated_delta_rule").chunk_gated_delta_rule

    def run(queries: Tensor, keys: Tensor, values: Tensor, rate: Tensor, keep: Tensor) -> Tensor:
        return rule(queries, keys, values, g=keep, beta=rate, scale=1.0)[0]

    return run


def work(rule: Rule, size: int, length: int) -> None:
    """Forward and backward of one head."""
    streams = [torch.zeros(1, length, 1, size, dtype=torch.bfloat16, requires_grad=True) for _ in range(3)]
    gates = [torch.zeros(1, length, 1, requires_grad=True) for _ in range(2)]
    rule(*streams, *gates).sum().backward()


def side(name: str, rule: Rule, size: int, target: str) -> Side:
    """Compiled for the target, and run at two lengths."""
    with recording(target) as launches:
        work(rule, size, LONG)
    with standing_in(target_of(target)):
        counted = per_token(lambda length: work(rule, size, length), SHORT, LONG)
    total: Counter[str] = Counter()
    for (_, _, phase), count in counted.items():
        total[phase] += count
    return Side(name, list(launches), dict(total))


def rows(size: int, mine: Side, other: Side) -> Iterator[tuple[str, ...]]:
    """A row a pass: launches and bytes of both, the share, and whether the aim is met."""
    for phase in ("forward", "backward"):
        launches = [sum(x.phase == phase for x in each.launches) for each in (mine, other)]
        share = mine.bytes[phase] / other.bytes[phase]
        most, aim = AIMS[size, phase]
        met = "yes" if launches[0] <= most and share <= aim else "no"
        stack = [_stack(each, phase) for each in (mine, other)]
        numbers = (
            *map(str, launches),
            *(f"{each.bytes[phase]:,.0f}" for each in (mine, other)),
            f"{share:.2f}",
        )
        yield str(size), phase, *numbers, f"≤ {most}, ≤ {aim}", met, *map(str, stack)


def _stack(each: Side, phase: str) -> int:
    return max(x.resources.stack_bytes for x in each.launches if x.phase == phase)


HEAD = (
    "size",
    "pass",
    "launches",
    "fla's",
    "bytes a token",
    "fla's",
    "share",
    "aim",
    "met",
    "most stack",
    "fla's",
)


def main() -> None:
    """Print the table, and write it into docs/kernels.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", default="sm_90")
    parser.add_argument("--sizes", nargs="*", type=int, default=[64, 128])
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    found: list[tuple[str, ...]] = []
    for size in given.sizes:
        sides = [
            side(name, make(size), size, given.target) for name, make in (("nlc", ours), ("fla", theirs))
        ]
        for each in sides:
            for launch in each.launches:
                taken = launch.resources
                print(
                    f"{each.name}  {launch.phase:8}  {launch.kernel:52} {taken.registers:4} registers", end=""
                )
                print(
                    f"  {taken.stack_bytes:5} stack  {launch.place.rpartition('site-packages/')[2]}",
                    flush=True,
                )
        found += rows(size, *sides)
    text = page.table(HEAD, found, words=[1, 7, 8])
    print(text)
    page.put("fla", text)


if __name__ == "__main__":
    main()
