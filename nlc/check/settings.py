"""`--set name=value`: other values for the dims and params of the main file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from nlc.check.problem import unknown
from nlc.read.nl import parse_piece
from nlc.report import Report
from nlc.source import Source, Span
from nlc.spec.expr import Expr
from nlc.spec.file import File

LONGEST = 4096


def read_settings(settings: Mapping[str, str], file: File, report: Report) -> dict[str, Expr]:
    """The expressions that were given, by name; wrong ones are reported at their own place."""
    known = {item.name for item in (*file.dims(), *file.params())}
    out: dict[str, Expr] = {}
    for name, text in settings.items():
        source = Source("--set", f"{name}={text[:LONGEST]}")
        if name not in known:
            unknown(report, "E0404", "dim or param", name, known, Span(source, 0, len(name)))
            continue
        found = parse_piece(source, "expr", len(name) + 1, len(source.text), report)
        if found is not None:
            out[name] = cast(Expr, found)
    return out
