"""`nlc sweep`: the domains of a spec's params, priced point by point, then trained briefly."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer import Option

from nlc.cli import options
from nlc.cli import train as asked
from nlc.report import Report

if TYPE_CHECKING:
    from nlc.run.progress import Progress
    from nlc.run.sweep.asked import Asked
    from nlc.run.sweep.price import Point

MOST = 1000
"""Points that a dry run prices."""

Seeds = Annotated[int, Option(min=1, help="Train each point so often, with SEED, SEED+1, …")]
Points = Annotated[int, Option(min=2, help="Values of a range or of log(…), both ends among them.")]
Only = Annotated[str | None, Option(metavar="NAME,…", help="Walk these params alone, and those of --param.")]
Given = Annotated[
    list[str] | None,
    Option("--param", metavar="NAME=V1,V2", help="Walk these values instead of the domain; repeatable."),
]
Limit = Annotated[int, Option(min=1, help="How many points may be trained.")]
Dry = Annotated[bool, Option("--dry-run", help="Check and price the points; train none.")]
Keep = Annotated[bool, Option("--keep", help="Keep each run's package and checkpoint.")]


def sweep(
    spec: options.Spec,
    only: Only = None,
    param: Given = None,
    points: Points = 3,
    limit: Limit = 16,
    dry_run: Dry = False,
    data: asked.Data = None,
    steps: asked.Steps = None,
    minutes: asked.Minutes = None,
    batch: asked.Batch = 16,
    length: asked.Length = 256,
    seed: asked.Seed = 0,
    seeds: Seeds = 1,
    keep: Keep = False,
    out: Annotated[Path | None, Option(help="The sweep's folder (runs/sweep-NAME).")] = None,
    settings: options.Set = None,
    root: options.Root = None,
    budget: options.Budgets = None,
    parts: options.Parts = None,
    as_json: options.Json = False,
) -> None:
    """Walk the domains of params: price every point, then train each briefly (100 steps)."""
    from nlc.run.progress import progress
    from nlc.run.sweep.asked import Asked
    from nlc.run.sweep.files import SweepFolder
    from nlc.run.sweep.table import outcome, text

    wanted = Asked(
        steps=steps if steps or minutes else 100,
        minutes=minutes,
        batch=batch,
        length=length,
        seed=seed,
        seeds=seeds,
        data=tuple(data or ["pydoc"]),
    )
    folder = SweepFolder(out or Path("runs") / f"sweep-{spec.stem}")
    results = folder.open()
    with options.told(as_json):
        base = options.stages(spec, settings, root, budget, length)
        priced = _priced(base, only, param, points, MOST if dry_run else limit, dry_run)
        if all(point.refused for point in priced):
            _ = base.plan  # it may be wrong whatever the values are: then all is said of it
    options.warn(_warnings(priced))
    broken: dict[str, str] = {}
    stopped = False
    if not dry_run:
        folder.begin()
        try:
            broken = _train(spec.stem, priced, wanted, folder, results, keep, progress(quiet=as_json))
        except KeyboardInterrupt:
            stopped = True
    value = outcome(spec.stem, priced, wanted, results, broken)
    if not dry_run:
        folder.tell(value)
    if not as_json:
        print(text(value))
    if not dry_run and not as_json:
        drawn = f"; picture in {folder.picture}" if folder.picture.exists() else ""
        options.say(f"table in {folder.table}{drawn}")
    if stopped:
        raise KeyboardInterrupt("stopped; the same command goes on with the runs that are left")
    if as_json:
        options.print_json(value)
    raise typer.Exit(_code(value, bool(broken)))


def _priced(
    base: Any, only: str | None, param: list[str] | None, points: int, most: int, dry_run: bool
) -> Sequence[Point]:
    """The points of the grid, unless there are more than `most`."""
    from nlc.run.sweep.price import price
    from nlc.run.sweep.walk import NoWalk, count, grid, walks

    names = [name.strip() for name in (only or "").split(",") if name.strip()]
    found = walks(base.project.main, base.settings, points, names, options.pairs(param or [], "--param"))
    total = count(found)
    if total > most:
        each = ", ".join(f"{walk.name} {len(walk.values)}" for walk in found)
        way_on = "" if dry_run else f"--limit {total} trains them, --dry-run prices them, "
        raise NoWalk(
            f"the grid has {total:,} points ({each}), and {most} are allowed: "
            f"{way_on}--only NAME,… and --set NAME=VALUE make it smaller"
        )
    return price(base, grid(found))


def _train(
    title: str,
    points: Sequence[Point],
    wanted: Asked,
    folder: Any,
    results: Any,
    keep: bool,
    shown: Progress,
) -> dict[str, str]:
    from nlc.run.sweep.trial import runs, train_all
    from nlc.run.text import read_text

    text = read_text(wanted.data)
    left = len(runs(points, wanted, results))
    shown.say(
        f"{title}: {len(points)} points, {left} runs to do; "
        f"{len(text.train):,} bytes of {text.name}; into {folder.path}"
    )
    return train_all(points, wanted, text, folder.path, results, shown, keep)


def _warnings(points: Sequence[Point]) -> Report:
    """Each warning once, however many points have it."""
    report = Report()
    for point in points:
        for found in point.warnings:
            report.add(found)
    return report


def _code(value: dict[str, Any], broken: bool) -> int:
    """3 if a point broke nlc; 1 if no point of all is any good."""
    if broken:
        return 3
    good = any(row["status"] in ("trained", "not run") for row in value["points"])
    return 0 if good else 1
