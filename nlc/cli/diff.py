"""`nlc diff`: what two specs say differently, field by field."""

from __future__ import annotations

from difflib import unified_diff
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nlc.cli import options
from nlc.report import Report, SpecError
from nlc.run.stages import Stages

if TYPE_CHECKING:
    from nlc.check.compare import Change

WIDTH = 100
TITLES = {"mathematics": "mathematics", "schedule": "schedule", "spelling": "only spelling"}
FIGURES = ("parameters", "state_bytes", "flops_per_token")


def diff(
    before: options.Spec,
    after: options.Spec,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with 1 if mathematics or schedule differ.")
    ] = False,
    settings: options.Set = None,
    root: options.Root = None,
    budget: options.Budgets = None,
    parts: options.Parts = None,
    as_json: options.Json = False,
) -> None:
    """Tell changed mathematics from a changed schedule and from mere spelling, field by field."""
    with options.told(as_json):
        sides = [options.stages(path, settings, root, budget) for path in (before, after)]
        changes = _compared(*sides)
    meant = any(change.group != "spelling" for change in changes)
    figures = _figures(*sides) if meant else {}
    if as_json:
        hashes = [side.system.semantic_hash for side in sides]
        said = [vars(change) for change in changes]
        options.print_json(
            {"same": not meant, "semantic_hash": hashes, "changes": said, "consequences": figures}
        )
    else:
        options.put(_text(changes, figures), None)
    if exit_code and meant:
        raise typer.Exit(1)


def _compared(one: Stages, other: Stages) -> list[Change]:
    """Both are checked before they are compared, so that errors of both are told."""
    from nlc.check.compare import Side, compare

    wrong = Report()
    sides: list[Side] = []
    for made in (one, other):
        try:
            sides.append(Side(made.project, made.system))
            options.warn(made.system.report)
        except SpecError as error:
            for diagnostic in error.report.diagnostics:
                wrong.add(diagnostic)
    wrong.stop()
    return compare(*sides)


def _figures(one: Stages, other: Stages) -> dict[str, list[Any]]:
    """What the plans say, where it differs; nothing where one of them cannot be planned."""
    from nlc.lower import show

    try:
        plans = [show.json(made.plan) for made in (one, other)]
    except SpecError:
        return {}
    found: dict[str, list[Any]] = {name: [plan[name] for plan in plans] for name in FIGURES}
    found["levels"] = [
        list(dict.fromkeys(row["period"].removeprefix("every ") for row in plan["memories"]))
        for plan in plans
    ]
    return {name: pair for name, pair in found.items() if pair[0] != pair[1]}


def _text(changes: list[Change], figures: dict[str, list[Any]]) -> str:
    if not changes:
        return "no difference"
    lines: list[str] = []
    for group, title in TITLES.items():
        own = [change for change in changes if change.group == group]
        width = max((len(change.place) for change in own), default=0)
        names = max((len(change.what) for change in own if change.what != "equations"), default=0)
        block = [line for change in own for line in _change(change, width, names)]
        lines += [*([""] if lines and block else []), *([title] if block else []), *block]
    if figures:
        lines += ["", "consequences", *_consequences(figures)]
    return "\n".join(lines)


def _change(change: Change, width: int, names: int) -> list[str]:
    """One line, or a few below it where the texts are long."""
    place = f"{change.place:<{width}}"
    match change.before, change.after:
        case None, None:
            return [f"    {place}  {change.what}".rstrip()]
        case None, after:
            return [f"  + {place}  {f'{change.what}  ' if change.what else ''}{after}"]
        case before, None:
            return [f"  - {place}  {f'{change.what}  ' if change.what else ''}{before}"]
        case before, after:
            pass
    head = f"  ~ {place}  {change.what:<{names}}".rstrip()
    whole = f"{head}  {before} → {after}"
    if "\n" not in before + after and len(whole) <= WIDTH:
        return [whole]
    found = list(unified_diff(before.split("\n"), after.split("\n"), lineterm="", n=1))[2:]
    return [head, *(f"      {line}" for line in found if not line.startswith("@@"))]


def _consequences(figures: dict[str, list[Any]]) -> list[str]:
    from nlc.lower.show import count, size

    said = {"parameters": count, "state_bytes": size, "flops_per_token": count, "levels": ", ".join}
    names = {"state_bytes": "state", "flops_per_token": "FLOPs a token"}
    width = max(len(names.get(name, name)) for name in figures)
    return [
        f"    {names.get(name, name):<{width}}  {said[name](before)} → {said[name](after)}"
        for name, (before, after) in figures.items()
    ]
