"""The whole way once: a spec becomes a package, learns from real text, is judged, and tells of it."""

from __future__ import annotations

import platform
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from nlc.run.baselines import baselines
from nlc.run.disk import replace
from nlc.run.evaluate import evaluate
from nlc.run.folder import Folder
from nlc.run.progress import Progress
from nlc.run.report import Page
from nlc.run.sample import sample, text
from nlc.run.stages import Stages
from nlc.run.text import Text, read_text
from nlc.run.trace.picture import describe, svg
from nlc.run.trace.rows import trace
from nlc.run.train import Run, Settings, surroundings

PROMPT = "The "
CONTINUATION = 400
TRACED = 128
"""Bytes of the validation text whose writes are drawn."""


@dataclass(frozen=True)
class Outcome:
    """What the demo found; `result` is what it leaves for other programs."""

    result: Mapping[str, Any]
    sample: str
    report: Path


def start(stages: Stages, folder: Folder, settings: Settings) -> None:
    """A run's folder with the package compiled into it."""
    files = stages.files  # all of it must be well before anything of an older run goes
    facts = {"name": stages.system.name, "levels": stages.levels, **asdict(settings)}
    stages.write(folder.package)
    folder.begin(str(stages.path), stages.system.text, facts)
    assert files is stages.files


def demo(stages: Stages, folder: Folder, settings: Settings, progress: Progress) -> Outcome:
    begun = time.perf_counter()
    words = read_text(settings.data)
    start(stages, folder, settings)
    run = Run(folder, words, settings)
    parameters = sum(parameter.numel() for parameter in run.model.parameters())
    progress.say(f"{stages.path.stem}: {parameters:,} parameters, {len(words.train):,} bytes of {words.name}")
    with progress:
        run.advance(progress)
    progress.say("judging all of the validation text")
    result = {
        "val_bits_per_byte": evaluate(run.model, words.valid),
        "baselines": baselines(words.train, words.valid),
        "parameters": parameters,
        "steps": run.steps,
        "seconds": round(time.perf_counter() - begun, 1),
    }
    written = "".join(text(sample(run.model, PROMPT.encode(), CONTINUATION, seed=settings.seed)))
    folder.write(folder.path / "result.json", result)
    report = folder.path / "report.html"
    page = tell(stages, folder, words, run, result, written)
    replace(report, page.html().encode())
    return Outcome(result, written, report)


def tell(
    stages: Stages, folder: Folder, words: Text, run: Run, result: Mapping[str, Any], written: str
) -> Page:
    """The report's page."""
    records = list(folder.records())
    piece = words.valid[:TRACED]
    seen = trace(run.model, torch.tensor([list(piece)]), stages.levels, stages.path.stem, piece)
    return Page(
        title=stages.path.stem,
        line=f"{result['parameters']:,} parameters, {result['steps']:,} steps on {words.name}, "
        f"{result['seconds']:.0f} seconds",
        figures=[(stages.path.stem, result["val_bits_per_byte"]), *result["baselines"].items()],
        diagram=stages.diagram,
        train=[(record["step"], record["bits_per_byte"]) for record in records],
        valid=[(r["step"], r["val_bits_per_byte"]) for r in records if "val_bits_per_byte" in r],
        prompt=PROMPT,
        sample=written,
        spec=stages.system.text,
        trace=svg(seen) if seen.rows else "",
        traced=describe(seen),
        facts={
            "semantic hash": str(run.package.spec.get("semantic_hash", "")),
            "python": platform.python_version(),
            "machine": f"{platform.system()} {platform.machine()}",
            **{name: str(value) for name, value in surroundings().items()},
        },
    )
