"""The fields that a memory and a model have, and `=` where one of them is written."""

from __future__ import annotations

from nlc.report import Diagnostic, Fix, Label
from nlc.source import Span

STREAMS = ("keys", "values", "queries")
MEMORY = ("structure", *STREAMS, "objective", "optimizer", "retention", "update", "anchor", "init")
FIELDS = {"memory": MEMORY, "model": ("objective", "optimizer")}
"""What cannot be meant as the name of a line."""


def bound_field(name: str, end: int, sign: Span) -> Diagnostic:
    """`name = …` where a field is meant; `end` of the name, and its `=`."""
    fix = Fix(f"write `{name}: …`", Span(sign.source, end, sign.end), ":")
    label = Label(sign, "`=` names a line of equations")
    return Diagnostic("E0101", f"a field is written `{name}: …`", label, fix=fix)
