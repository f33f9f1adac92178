"""`make taken`: what the kernels of well-known systems take of a GPU, into docs/kernels.md.

One layer of each, with heads of 64 and of 128 numbers, compiled for sm_90 with streams of bfloat16.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import page

from nlc.run.kernels.report import report
from nlc.run.stages import Stages

EXAMPLES = Path(__file__).parents[2] / "examples"
SYSTEMS: Mapping[str, tuple[str, dict[str, str]]] = {
    "gated_deltanet": ("gated_deltanet", {}),
    "mamba2": ("mamba2", {}),
    "titans, matrix": ("titans", {"holds": "matrix"}),
    "titans, mlp": ("titans", {}),
    "ttt_mlp": ("ttt_mlp", {}),
    "hope": ("hope", {}),
}
"""Examples, and what is set besides the size."""
WIDTHS: Mapping[str, Mapping[int, dict[str, str]]] = {
    "mamba2": {64: {"d": "128", "state": "64"}, 128: {"d": "256", "state": "128"}},
}
"""Where the size of a head is not a quarter of the model's."""
HEAD = (
    "system",
    "size",
    "memory",
    "kernels",
    "launches forward",
    "backward",
    "bytes a token forward",
    "backward",
    "most stack forward",
    "backward",
)


def rows(system: str, size: int, target: str) -> Iterator[tuple[str, ...]]:
    """A row a memory that is not plain matrix products."""
    example, settings = SYSTEMS[system]
    width = WIDTHS.get(example, {}).get(size, {"d": str(4 * size)})
    made = Stages(EXAMPLES / f"{example}.nl", settings=settings | width | {"layers": "1"}, backend="triton")
    for memory in report(made, target)["memories"]:
        if memory["family"] not in ("level", "parameter"):
            yield system, str(size), memory["name"].rpartition("].")[2], *_cells(memory)


def _cells(memory: Mapping[str, Any]) -> tuple[str, ...]:
    if not memory["kernels"]:
        return (memory["why"], *("–" for _ in range(6)))
    phases = "forward", "backward"
    kernels = list(dict.fromkeys(k["name"] for k in memory["kernels"] if k["phase"] in phases))
    stack = [
        max((k["stack_bytes"] for k in memory["kernels"] if k["phase"] == phase), default=0)
        for phase in phases
    ]
    return (
        ", ".join(kernels),
        *(str(memory["launches"][phase]) for phase in phases),
        *(f"{memory['bytes_per_token'][phase]:,}" for phase in phases),
        *map(str, stack),
    )


def main() -> None:
    """Print the table, and write it into docs/kernels.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", default="sm_90")
    parser.add_argument("--sizes", nargs="*", type=int, default=[64, 128])
    parser.add_argument("systems", nargs="*", default=list(SYSTEMS))
    given = parser.parse_args()
    found: list[tuple[str, ...]] = []
    for system in given.systems:
        for size in given.sizes:
            for row in rows(system, size, given.target):
                print(*row, sep="  ", file=sys.stderr, flush=True)
                found.append(row)
    text = page.table(HEAD, found, words=[0, 2, 3])
    print(text, end="")
    if not given.systems or given.systems == list(SYSTEMS):
        page.put("taken", text)


if __name__ == "__main__":
    main()
