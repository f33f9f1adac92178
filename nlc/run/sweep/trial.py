"""Points trained one after another; each run that ends is remembered before the next begins."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlc.run.demo import start
from nlc.run.folder import Folder
from nlc.run.progress import Progress
from nlc.run.sweep.asked import JUDGED, Asked
from nlc.run.sweep.price import Point
from nlc.run.sweep.results import Result, Results, key
from nlc.run.sweep.table import name
from nlc.run.text import Text
from nlc.run.train import Run, Settings, Stopped

PRIOR = 0.05
"""The estimate weighs as much as this share of the work measured."""


@dataclass
class Whole:
    """The progress of all runs together, each by its share of the work; a run sees it as its own.

    `total` and the parts are estimated seconds.
    """

    shown: Progress
    total: float
    done: float = 0.0
    part: float = 0.0
    point: str = ""
    begun: float = 0.0

    def __enter__(self) -> Whole:
        self.shown.__enter__()
        self.begun = time.monotonic()
        return self

    def __exit__(self, *error: Any) -> None:
        self.shown.__exit__(*error)

    def run(self, point: str, part: float) -> None:
        """The next run, and how much of the work it is."""
        self.done, self.part, self.point = self.done + self.part, part, point

    def step(self, record: Mapping[str, Any], share: float) -> None:
        share = (self.done + self.part * share) / self.total
        # First steps are slow: until some are done, the estimate has a say.
        spent = time.monotonic() - self.begun + PRIOR * self.total
        left = spent / (share + PRIOR) * (1 - share)
        record = {what: value for what, value in record.items() if what != "val_bits_per_byte"}
        self.shown.step({**record, "run": self.point, "seconds_left": left}, share)

    def say(self, text: str) -> None:
        self.shown.say(text)


def train_all(
    points: Sequence[Point],
    asked: Asked,
    text: Text,
    folder: Path,
    results: Results,
    progress: Progress,
    keep: bool = False,
) -> dict[str, str]:
    """Train what `results` does not have yet.

    Back come the points that broke nlc itself, by name, with what happened; they are tried again the
    next time. `keep` leaves each run's package, metrics and checkpoint in the folder.
    """
    todo = runs(points, asked, results)
    broken: dict[str, str] = {}
    given_up: set[str] = set()
    whole = Whole(progress, sum(asked.seconds(point) for point, _ in todo))
    with whole:
        for number, (point, seed) in enumerate(todo, 1):
            seeded = f" seed {seed}" if asked.seeds > 1 else ""
            whole.run(f"run {number} of {len(todo)}", asked.seconds(point))
            if point.hash in given_up:
                continue
            whole.say(f"{whole.point}: {name(point.values)}{seeded}")
            place = folder / "points" / f"{point.hash[:12]}-{key(point, asked, seed)[:12]}"
            try:
                result = train(point, asked, seed, text, place, whole, keep)
            except Exception as wrong:  # one point's bug must not cost the others their night
                broken[name(point.values)] = f"{type(wrong).__name__}: {' '.join(str(wrong).split())[:200]}"
                whole.say(f"failed: {broken[name(point.values)]}")
                given_up.add(point.hash)
                continue
            results.add(result)
            if result.diverged:
                given_up.add(point.hash)
            whole.say(
                f"diverged: {result.diverged}" if result.diverged else f"{result.bits:.3f} bits/byte held out"
            )
    return broken


def runs(points: Sequence[Point], asked: Asked, results: Results) -> list[tuple[Point, int]]:
    """What is left to train: every point with its first seed, then with the next, so that a sweep that
    is cut short has seen every point. A point that diverged with one seed needs no other.
    """
    seeds = range(asked.seed, asked.seed + asked.seeds)
    kept = {point.hash: [results.get(point, asked, seed) for seed in seeds] for point in points if point.runs}
    lost = {key for key, found in kept.items() if any(result and result.diverged for result in found)}
    return [
        (point, seed)
        for number, seed in enumerate(seeds)
        for point in points
        if point.runs and point.hash not in lost and kept[point.hash][number] is None
    ]


def train(
    point: Point, asked: Asked, seed: int, text: Text, place: Path, progress: Progress, keep: bool
) -> Result:
    """One run in its own folder, which goes again unless it is to be kept."""
    folder = Folder(place)
    settings = Settings(
        asked.steps,
        asked.minutes,
        asked.batch,
        asked.length,
        seed,
        asked.data,
        validate_every=sys.maxsize,  # at the end alone
        validate_bytes=JUDGED,
    )
    try:
        start(point.stages, folder, settings)
        run = Run(folder, text, settings)
        bits, diverged = None, ""
        try:
            run.advance(progress)
            bits = [*folder.records()][-1]["val_bits_per_byte"]
        except Stopped as stopped:
            diverged = stopped.where.text
    finally:
        if not keep:
            shutil.rmtree(place, ignore_errors=True)
            with suppress(OSError):
                place.parent.rmdir()  # the last one, if none is kept
    work = asked.work(point, run.steps)
    return Result(
        key(point, asked, seed), seed, dict(point.values), run.steps, run.seconds, work, bits, diverged
    )
