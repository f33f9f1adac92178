"""How training grows with the length of a sequence: time, and what is kept for the backward pass.

`make scaling` compiles each spec at a small width and runs the loss forward and backward at T = 512 … 8192,
every point in a process of its own. Growth is the exponent x of T^x over the longest three lengths.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SMALL = {"d": "32", "heads": "2", "layers": "1"}
LENGTHS = (512, 1024, 2048, 4096, 8192)
SPECS = ("linear_attention", "deltanet", "gated_deltanet", "titans", "hope", "transformer", "window")
WINDOW = """nl 1
use "std/attention.nl" (window_attention)
dim vocab = 256, d = 32, layers = 1, heads = 2

block layer(x: [T d]) {
  return x + window_attention(norm(x), window=64, heads=heads)
}

model lm(ids: [T]) {
  objective: next_token
  optimizer: adamw(lr=1e-3)
  return embed(ids, d) |> repeat(layer, layers) |> norm |> unembed
}
"""
"""Attention within a window; no example has it alone."""
SLACK = {"time": 1.2, "saved": 1.1, "peak": 1.2}
"""An exponent above is more than linear; times and processes are noisy."""


class Kept:
    """Bytes that autograd keeps for the backward pass: each storage once, as long as anything keeps it."""

    def __init__(self, own: Sequence[Any] = ()) -> None:
        self._own = {tensor.untyped_storage().data_ptr() for tensor in own}
        self._users: dict[int, int] = {}
        self.now = self.most = 0

    def pack(self, tensor: Any) -> Any:
        storage = tensor.untyped_storage()
        return tensor if storage.data_ptr() in self._own else _Held(self, tensor, storage)

    def unpack(self, held: Any) -> Any:
        return held.tensor if isinstance(held, _Held) else held

    def take(self, address: int, size: int) -> None:
        users = self._users.get(address, 0)
        self._users[address] = users + 1
        self.now += 0 if users else size
        self.most = max(self.most, self.now)

    def give(self, address: int, size: int) -> None:
        self._users[address] -= 1
        if not self._users[address]:
            del self._users[address]
            self.now -= size


class _Held:
    """One saved tensor; while it lives, its storage is nobody else's address."""

    def __init__(self, kept: Kept, tensor: Any, storage: Any) -> None:
        self.kept, self.tensor = kept, tensor
        self._place = storage.data_ptr(), storage.nbytes()
        kept.take(*self._place)

    def __del__(self) -> None:
        self.kept.give(*self._place)


def saved_bytes(loss: Callable[[], Any], own: Sequence[Any] = ()) -> int:
    """The most that autograd held at once over a forward and a backward pass; `own` does not count."""
    import torch

    kept = Kept(own)
    with torch.autograd.graph.saved_tensors_hooks(kept.pack, kept.unpack):
        loss().backward()
    return kept.most


def compiled(name: str, folder: Path) -> Any:
    """The small model of an example, or of `window`."""
    from nlc.run.load import load
    from nlc.run.stages import Stages

    path, settings = ROOT / "examples" / f"{name}.nl", SMALL
    if name == "window":
        path, settings = folder / "window.nl", {}
        path.write_text(WINDOW)
    Stages(path, settings=settings).write(folder / "package")
    return load(folder / "package").build()


def measure(name: str, length: int) -> dict[str, float]:
    """Seconds of one core, bytes kept, and bytes by which the process grew; in this process, once."""
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as folder:
        model = compiled(name, Path(folder))
    model.loss(torch.randint(0, 256, (1, 130))).backward()  # whatever is loaded once
    ids = torch.randint(0, 256, (1, length))
    gc.collect()
    before = _peak()
    begun = time.process_time()
    model.loss(ids).backward()
    seconds = time.process_time() - begun
    grown = _peak() - before
    for _ in range(2):
        begun = time.process_time()
        model.loss(ids).backward()
        seconds = min(seconds, time.process_time() - begun)
    saved = saved_bytes(lambda: model.loss(ids), list(model.parameters()))
    return {"length": length, "time": seconds, "saved": saved, "peak": grown}


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def growth(points: Sequence[tuple[float, float]]) -> float:
    """The exponent x of y ~ T^x: the slope of the least-squares line through the logarithms."""
    logs = [(math.log(t), math.log(max(y, 1e-12))) for t, y in points]
    mean_t, mean_y = (sum(column) / len(logs) for column in zip(*logs, strict=True))
    return sum((t - mean_t) * (y - mean_y) for t, y in logs) / sum((t - mean_t) ** 2 for t, _ in logs)


def why(name: str) -> str:
    """What the plan says that is read by more than a chunk of tokens at once."""
    from nlc.run.stages import Stages

    if name == "window":
        return "attention within a window: nothing asks for it"
    plan = Stages(ROOT / "examples" / f"{name}.nl", settings=SMALL).plan
    families = {memory.family for block in plan.blocks for memory in block.memories}
    caches = [m for block in plan.blocks for m in block.memories if m.family == "attention"]
    if any(not cache.window for cache in caches):
        return "full attention: every token reads all before it, so time grows with T²"
    return f"kernels {', '.join(sorted(families))}: nothing in the plan asks for it"


def table(found: dict[str, list[dict[str, float]]]) -> str:
    """Three tables, and what grows faster than the length."""
    shown = {
        "time": (
            "microseconds of one core a token, forward and backward",
            lambda row: row["time"] / row["length"] * 1e6,
        ),
        "saved": ("KiB a token kept for the backward pass", lambda row: row["saved"] / row["length"] / 1024),
        "peak": ("KiB a token by which the process grew", lambda row: row["peak"] / row["length"] / 1024),
    }
    lines: list[str] = []
    more: list[str] = []
    for what, (title, per_token) in shown.items():
        lengths = [row["length"] for row in next(iter(found.values()))]
        lines += [title, f"{'':<18}" + "".join(f"{f'T={t}':>10}" for t in lengths) + f"{'growth':>10}"]
        for name, rows in found.items():
            exponent = growth([(row["length"], row[what]) for row in rows[-3:]])
            lines.append(
                f"{name:<18}"
                + "".join(f"{per_token(row):>10.1f}" for row in rows)
                + f"{f'T^{exponent:.2f}':>10}"
            )
            if exponent > SLACK[what]:
                more.append(f"{name}: {what} grows as T^{exponent:.2f}; {why(name)}")
        lines.append("")
    return "\n".join([*lines, *(more or ["nothing grows faster than the length"])])


def main() -> None:
    parser = argparse.ArgumentParser(description="How training grows with the length of a sequence.")
    parser.add_argument("specs", nargs="*", default=SPECS, help=f"some of {', '.join(SPECS)}")
    parser.add_argument("--lengths", default=",".join(map(str, LENGTHS)))
    parser.add_argument("--point", action="store_true", help="measure one spec at one length, as JSON")
    asked = parser.parse_args()
    lengths = [int(length) for length in asked.lengths.split(",")]
    if asked.point:
        print(json.dumps(measure(asked.specs[0], lengths[0])))
        return
    found: dict[str, list[dict[str, float]]] = {}
    for name in asked.specs:
        for length in lengths:
            words = [sys.executable, __file__, name, "--point", "--lengths", str(length)]
            surroundings = {**os.environ, "OMP_NUM_THREADS": "1"}
            done = subprocess.run(words, check=True, capture_output=True, text=True, env=surroundings)
            found.setdefault(name, []).append(json.loads(done.stdout))
            print(f"{name} T={length}: {found[name][-1]['time']:.2f} s", file=sys.stderr, flush=True)
    print(table(found))


if __name__ == "__main__":
    main()
