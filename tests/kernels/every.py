"""`make kernels`: every kernel of every example compiled for four GPUs, two at a time, none of them run.

What was compiled before is remembered by its content, so this may be stopped and begun again. The text
names each kernel that leaves its registers, and ends with how many there are of what. Exit code 1 if one
could not be compiled, or needs more than the GPU has.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).parents[2] / "examples"
TARGETS = ("sm_80", "sm_90", "sm_100", "gfx942")


@dataclass(frozen=True)
class Row:
    """One kernel as one example launches it on one GPU. `problem` is why it would not run there."""

    target: str
    example: str
    kernel: str
    registers: int
    stack: int
    spills: int
    problem: str

    def text(self) -> str:
        taken = f"{self.registers} registers, {self.stack} bytes of stack, {self.spills} spills"
        return f"  {self.target:<7} {self.example}: {self.kernel}: {self.problem or taken}"


def compiled(example: str, target: str) -> list[Row]:
    """The kernels of one example for one GPU; empty where torch serves all of it."""
    import torch

    from nlc.run.kernels.report import report
    from nlc.run.stages import Stages

    torch.set_num_threads(1)
    made = Stages(EXAMPLES / f"{example}.nl", backend="triton")
    found = report(made, target, traffic=False)
    places = (*found["memories"], *found["chains"])
    rows = (_row(target, example, place, kernel) for place in places for kernel in place["kernels"])
    return list(dict.fromkeys(rows))  # a kernel of both passes is one kernel


def _row(target: str, example: str, place: dict[str, Any], kernel: dict[str, Any]) -> Row:
    numbers = (kernel.get(name, 0) for name in ("registers", "stack_bytes", "spills"))
    return Row(target, example, f"{place['name']} {kernel['name']}", *numbers, kernel["problem"])


def every(examples: Iterable[str], targets: Iterable[str], processes: int = 2) -> Iterator[list[Row]]:
    """The rows of each example and GPU, as they are done."""
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        work = [pool.submit(compiled, *job) for job in product(examples, targets)]
        for done in as_completed(work):
            yield done.result()


def summary(rows: list[Row], minutes: float) -> str:
    """How many there are of what, a line a GPU and one of all."""
    lines: list[str] = []
    for target in dict.fromkeys(row.target for row in rows):
        own = [row for row in rows if row.target == target]
        spilling = [row for row in own if row.stack or row.spills]
        most = f", at most {max(row.stack for row in spilling)} bytes of stack" if spilling else ""
        wrong = sum(bool(row.problem) for row in own)
        lines.append(
            f"{target:<7} {len(own)} kernels, {len(spilling)} that spill{most}, {wrong} that would not run"
        )
    examples = len({row.example for row in rows})
    return "\n".join(
        [*lines, f"{len(rows)} kernels of {examples} examples, {len(lines)} GPUs, {minutes:.1f} minutes"]
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("examples", nargs="*", help="names of examples; all of them if none is given")
    parser.add_argument("--target", action="append", help="a GPU; repeatable")
    given = parser.parse_args()
    names = given.examples or sorted(path.stem for path in EXAMPLES.glob("*.nl"))
    begun, rows = time.monotonic(), list[Row]()
    for found in every(names, given.target or TARGETS):
        rows += found
        if found:
            print(
                f"{found[0].target:<7} {found[0].example}: {len(found)} kernels", file=sys.stderr, flush=True
            )
    rows.sort(key=lambda row: (TARGETS.index(row.target) if row.target in TARGETS else 9, row.example))
    print(*(row.text() for row in rows if row.stack or row.spills or row.problem), sep="\n")
    print(summary(rows, (time.monotonic() - begun) / 60))
    return int(any(row.problem for row in rows))


if __name__ == "__main__":
    sys.exit(main())
