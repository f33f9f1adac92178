"""`nlc train`: compile a spec into a run's folder and let it learn from text."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from nlc.cli import options

Steps = Annotated[int | None, typer.Option(min=1, help="Stop after so many steps.")]
Minutes = Annotated[float | None, typer.Option(min=0.0, help="Stop after so much time.")]
Batch = Annotated[int, typer.Option(min=1, help="Sequences in a batch.")]
Length = Annotated[int, typer.Option(min=2, help="Bytes of a sequence.")]
Seed = Annotated[int, typer.Option(help="Of parameters, batches and samples.")]
Data = Annotated[
    list[str] | None,
    typer.Option(metavar="pydoc|stdlib|FILE", help="What to learn from; repeatable (pydoc)."),
]


def train(
    context: typer.Context,
    spec: options.Spec,
    data: Data = None,
    steps: Steps = None,
    minutes: Minutes = None,
    batch: Batch = 16,
    length: Length = 256,
    seed: Seed = 0,
    out: Annotated[Path | None, typer.Option(help="The run's folder (runs/NAME).")] = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", help="Go on where the folder's checkpoint is; what is not said again is as it was."
        ),
    ] = False,
    settings: options.Set = None,
    root: options.Root = None,
    budget: options.Budgets = None,
    parts: options.Parts = None,
    as_json: options.Json = False,
) -> None:
    """Train a model on bytes, with checkpoints that can be resumed to the bit."""
    place = out or Path("runs") / spec.stem
    wished: dict[str, Any] = {"batch": batch, "length": length, "seed": seed, "data": data or ["pydoc"]}
    wished |= {"steps": steps if steps or minutes else 1000, "minutes": minutes}
    if resume:
        from nlc.run.resume import settled

        wished = settled(place, wished, _said(context))
        settings = settings or options.chosen(place / "package")
    with options.told(as_json):
        made = options.stages(spec, settings, root, budget, wished["length"])
        options.warn(made.system.report)
        files = made.files
    from nlc.run.demo import start
    from nlc.run.folder import Folder, NoRun
    from nlc.run.progress import progress
    from nlc.run.text import read_text
    from nlc.run.train import Run, Settings

    wished["data"] = tuple(wished["data"])
    asked = Settings(**wished)
    folder = Folder(place)
    text = read_text(asked.data)
    if resume:
        folder.same(made.system.semantic_hash, files)
    elif folder.checkpoint.exists():
        raise NoRun(
            f"{folder.path} holds a run already: add --resume to go on with it, or name another --out"
        )
    else:
        start(made, folder, asked)
    run = Run(folder, text, asked)
    for remark in run.resume() if resume else []:
        options.remark(remark)
    if run.share >= 1:
        wish = f"--steps {asked.steps}" if asked.steps else f"--minutes {asked.minutes:g}"
        options.remark(f"{folder.path} is at step {run.steps} already: {wish} asks for no more")
        if as_json:
            options.print_json({"run": str(folder.path), "steps": run.steps, "val_bits_per_byte": None})
        return
    shown = progress(quiet=as_json)
    shown.say(f"{spec.stem} on {text.name}, {len(text.train):,} bytes; into {folder.path}")
    try:
        with shown:
            run.advance(shown)
    except KeyboardInterrupt:
        words = f"stopped at step {run.steps}; the same command with --resume goes on from there"
        raise KeyboardInterrupt(words) from None
    result = {"run": str(folder.path), "steps": run.steps, "val_bits_per_byte": run.judge()}
    if as_json:
        options.print_json(result)
    else:
        print(
            f"{result['val_bits_per_byte']:.3f} bits per byte on all of the validation text "
            f"after {run.steps} steps"
        )
        print(f"nlc sample {folder.path}")


def _said(context: typer.Context) -> set[str]:
    """The options that stand on the command line."""
    return {
        name
        for name in context.params
        if (source := context.get_parameter_source(name)) and source.name == "COMMANDLINE"
    }
