"""`make learn`: what a delta rule learns that a sum does not, and a rate of 2 that a rate of 1 does not.

Trains the specs beside this file on made tasks, three seeds each, and writes docs/learn.md.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from tasks import Batch, overwriting, parity

import nlc

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "learn.md"
SEEDS = (0, 1, 2)
BATCH = 64


@dataclass(frozen=True)
class Study:
    """One spec at the values of one param, on one task; sizes grow while it trains."""

    title: str
    spec: str
    param: str
    values: tuple[Any, ...]
    task: Callable[[int, int, torch.Generator], Batch]
    grows: tuple[int, ...]
    judged: int
    chance: str
    steps: int


STUDIES = (
    Study(
        "Parity", "parity.nl", "top", (1.0, 2.0), parity, (3, 4, 5, 6, 8, 10, 12, 16, 20), 256, "0.5", 6000
    ),
    Study("Overwriting", "recall.nl", "inner", ("dot", "l2"), overwriting, (4, 8, 16), 32, "1/48", 1500),
)


def train(study: Study, value: Any, seed: int, steps: int | None = None) -> float:
    """The share of answers that are right on sequences longer than those it was trained on."""
    torch.manual_seed(seed)
    model = nlc.compile(nlc.load(HERE / study.spec, **{study.param: value}))
    chance = torch.Generator().manual_seed(seed)
    steps = steps or study.steps
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.0)
    slower = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for step in range(steps):
        size = study.grows[min(len(study.grows) * 2 * step // steps, len(study.grows) - 1)]
        ids, targets, counts = study.task(BATCH, size, chance)
        loss = F.cross_entropy(model(ids)[0][counts], targets[counts])
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        slower.step()
    with torch.no_grad():
        ids, targets, counts = study.task(256, study.judged, chance)
        return float((model(ids)[0].argmax(-1) == targets)[counts].float().mean())


def measured(
    studies: tuple[Study, ...], steps: int | None = None
) -> Iterator[tuple[Study, Any, list[float]]]:
    for study in studies:
        for value in study.values:
            yield study, value, [train(study, value, seed, steps) for seed in SEEDS]


def main() -> None:
    """Train all, say how each went as it ends, and write the page."""
    lines = []
    for study, value, found in measured(STUDIES):
        mean = sum(found) / len(found)
        each = ", ".join(f"{share:.3f}" for share in found)
        lines.append(f"| {study.title} | `{study.param}={value}` | {mean:.3f} | {each} | {study.chance} |")
        print(lines[-1], flush=True)
    PAGE.write_text(
        (HERE / "page.md").read_text(encoding="utf-8") + "\n".join(lines) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    torch.set_num_threads(1)
    sys.exit(main())
