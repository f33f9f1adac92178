"""`nlc demo`: a spec, a trained model on real text, and a report, in a few minutes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from typer import Option

from nlc.cli import options
from nlc.cli import train as asked


def demo(
    spec: options.Spec,
    data: asked.Data = None,
    steps: asked.Steps = None,
    minutes: asked.Minutes = 3.0,
    batch: asked.Batch = 16,
    length: asked.Length = 256,
    seed: asked.Seed = 0,
    out: Annotated[
        Path, Option(help="The run's folder; what an earlier demo left there is replaced.")
    ] = Path("runs/demo"),
    settings: options.Set = None,
    root: options.Root = None,
    budget: options.Budgets = None,
    parts: options.Parts = None,
    as_json: options.Json = False,
) -> None:
    """Compile, train, compare with counting, sample, and write a report."""
    with options.told(as_json):
        made = options.stages(spec, settings, root, budget)
        options.warn(made.system.report)
        assert made.files
    from nlc.run.demo import PROMPT
    from nlc.run.demo import demo as show
    from nlc.run.folder import Folder
    from nlc.run.progress import progress
    from nlc.run.train import Settings

    wanted = Settings(
        steps=steps, minutes=minutes, batch=batch, length=length, seed=seed, data=tuple(data or ["pydoc"])
    )
    outcome = show(made, Folder(out), wanted, progress(quiet=as_json))
    if as_json:
        options.print_json(outcome.result)
        return
    print(f"\n{PROMPT}{outcome.sample}\n")
    print(table(spec.stem, outcome.result))
    print(f"\nreport  {outcome.report}")


def table(name: str, result: Mapping[str, Any]) -> str:
    """Bits per byte, the model's beside those of counting."""
    rows: list[tuple[str, float]] = [*result["baselines"].items(), (name, result["val_bits_per_byte"])]
    width = max(len(row) for row, _ in rows)
    lines = [f"{row:<{width}}  {value:6.3f} bits per byte" for row, value in rows]
    lines.append(
        f"{result['parameters']:,} parameters, {result['steps']:,} steps, {result['seconds']:.0f} seconds"
    )
    return "\n".join(lines)
