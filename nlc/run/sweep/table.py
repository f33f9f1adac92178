"""A sweep's outcome as one value; text, Markdown and JSON are made of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from statistics import mean, stdev
from typing import Any

from nlc.lower.show import count, size
from nlc.run.progress import left
from nlc.run.sweep.asked import SPEED, Asked, total
from nlc.run.sweep.front import front
from nlc.run.sweep.price import Point
from nlc.run.sweep.results import Result, Results

ORDER = ("trained", "not run", "diverged", "failed", "same", "refused")
COSTS = {"state": "state_bytes", "FLOPs": "flops_per_token"}
"""Each front: its word in the table, and the cost that it sets against the loss."""


def name(values: Mapping[str, str]) -> str:
    return " ".join(f"{param}={value}" for param, value in values.items())


def outcome(
    title: str, points: Sequence[Point], asked: Asked, results: Results, broken: Mapping[str, str]
) -> dict[str, Any]:
    """Everything that is known about the points, best first; equal ones in the order of the grid."""
    seeds = range(asked.seed, asked.seed + asked.seeds)
    rows: list[dict[str, Any]] = []
    waiting: list[Point] = []
    for point in points:
        found = [result for seed in seeds if (result := results.get(point, asked, seed))]
        rows.append(_row(point, found, broken.get(name(point.values), "")))
        if point.runs and rows[-1]["status"] in ("trained", "not run"):
            waiting += [point] * (asked.seeds - len(found))
    rows.sort(key=lambda row: (ORDER.index(row["status"]), row["bits_per_byte"] or math.inf))
    trained = [row for row in rows if row["status"] == "trained"]
    for word, cost in COSTS.items():
        for index in front([(row[cost], row["bits_per_byte"]) for row in trained]):
            trained[index]["front"].append(word)
    return {
        "name": title,
        "walked": {
            param: list(dict.fromkeys(point.values[param] for point in points)) for param in points[0].values
        },
        "training": asdict(asked),
        "points": rows,
        "runs_left": len(waiting),
        "seconds_left": round(total(asked, waiting, results.speed or SPEED), 1),
        "speed": results.speed,
    }


def _row(point: Point, found: Sequence[Result], broken: str) -> dict[str, Any]:
    status, message = _status(point, found, broken)
    bits = [result.bits for result in found if result.bits is not None] if status == "trained" else []
    return {
        "values": dict(point.values),
        "status": status,
        "code": point.code,
        "message": message,
        "parameters": point.parameters or None,
        "state_bytes": point.state_bytes if point.hash else None,
        "flops_per_token": point.flops if point.hash else None,
        "bits_per_byte": mean(bits) if bits else None,
        "spread": stdev(bits) if len(bits) > 1 else None,
        "seeds": len(bits),
        "seconds": round(mean(result.seconds for result in found), 2) if found else None,
        "front": list[str](),
    }


def _status(point: Point, found: Sequence[Result], broken: str) -> tuple[str, str]:
    if point.refused:
        return "refused", point.message
    if point.twin is not None:
        return "same", f"the same system as {name(point.twin)}"
    diverged = [result.diverged for result in found if result.diverged]
    if diverged:
        return "diverged", diverged[0]
    if broken:
        return "failed", broken
    return ("trained" if found else "not run"), ""


def text(value: Mapping[str, Any]) -> str:
    """The table for a terminal, and what its words mean."""
    rows = _cells(value)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    words = len(_names(value))
    lines = [
        "  ".join(
            f"{cell:<{width}}" if column < words or column == len(row) - 1 else f"{cell:>{width}}"
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join([*lines, "", said(value)])


def markdown(value: Mapping[str, Any]) -> str:
    """The same table for a page."""
    head, *rows = _cells(value)
    words = len(_names(value))
    rule = [":--" if column < words or column == len(head) - 1 else "--:" for column in range(len(head))]
    lines = ["| " + " | ".join(_escaped(cell) for cell in row) + " |" for row in (head, rule, *rows)]
    return "\n".join([f"# {value['name']}", "", *lines, "", said(value), ""])


def said(value: Mapping[str, Any]) -> str:
    """How the points were, or are to be, trained."""
    asked = value["training"]
    ends = [f"{asked['steps']} steps"] if asked["steps"] else []
    ends += [f"{asked['minutes']:g} minutes"] if asked["minutes"] else []
    how = f"{' or '.join(ends)} of {asked['batch']} × {asked['length']} bytes of {' '.join(asked['data'])}"
    seeds = (
        f", {asked['seeds']} seeds (± is their standard deviation)" if asked["seeds"] > 1 else ", one seed"
    )
    lines = [f"{how}{seeds}; state and FLOPs are of one sequence of {asked['length']} tokens"]
    if value["runs_left"]:
        speed = value["speed"]
        by = f"{(speed or SPEED) / 1e9:.3g} GFLOP/s{'' if speed else ', an assumption'}"
        number = value["runs_left"]
        lines.append(f"{number} run{'s' * (number > 1)} to go: about {left(value['seconds_left'])} at {by}")
    return "\n".join(lines)


def _names(value: Mapping[str, Any]) -> list[str]:
    return list(value["walked"])


def _cells(value: Mapping[str, Any]) -> list[list[str]]:
    """Head and rows; the last column is empty where there is nothing to say."""
    spread = value["training"]["seeds"] > 1
    head = [*_names(value), "parameters", "state", "FLOPs a token", "bits/byte"]
    rows = [[*head, *(["±"] if spread else []), "seconds", "front"]]
    for row in value["points"]:
        trained = row["status"] == "trained"
        cells = [
            *row["values"].values(),
            f"{row['parameters']:,}" if row["parameters"] else "",
            size(row["state_bytes"]) if row["state_bytes"] is not None else "",
            count(row["flops_per_token"]) if row["flops_per_token"] is not None else "",
            f"{row['bits_per_byte']:.3f}" if trained else row["status"],
        ]
        if spread:
            cells.append(f"{row['spread']:.3f}" if row["spread"] is not None else "")
        cells.append(f"{row['seconds']:.1f}" if row["seconds"] is not None else "")
        cells.append(", ".join(row["front"]) or " ".join(filter(None, (row["code"], row["message"]))))
        rows.append(cells)
    return rows


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|").replace("\n", " ")
