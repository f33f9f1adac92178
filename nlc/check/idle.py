"""Names that are bound and then used by nothing: W0404."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any, cast

from nlc.check.constants import LENGTH
from nlc.check.problem import MOST, problem
from nlc.check.scope import use_span
from nlc.report import Report
from nlc.source import Span
from nlc.spec.expr import Name, Node
from nlc.spec.file import Dim, File, Form, Let, Param, Project, Use

IMPLIED = (LENGTH, "vocab")
"""Dims that mean something by themselves."""


def check_idle(project: Project, report: Report) -> None:
    """For a spec that is right in all else: what is misspelt is unused too."""
    for file in (project.main, *(file for _, file in project.used)):
        if not file.span.source.shipped:
            _file(file, report)


def _file(file: File, report: Report) -> None:
    used = Counter(_names(file.items))
    for item in file.items:
        if isinstance(item, Dim | Param) and item.name not in IMPLIED:
            kind = "dim" if isinstance(item, Dim) else "param"
            _say(f"{kind} `{item.name}`", item.name, item.span, item, used, report)
        elif isinstance(item, Use):
            for name in item.names:
                if not used[name]:
                    message, label = f"`{name}` is brought in and never used", "use it, or take it out"
                    _warn(message, use_span(item, name), label, report)
        elif isinstance(item, Form):
            _form(item, report)


def _form(form: Form, report: Report) -> None:
    used = Counter(_names((form.inputs, form.entries)))
    for entry in form.entries:
        if isinstance(entry, Let):
            _say(f"`{entry.name}`", entry.name, entry.span, entry, used, report)
        elif isinstance(entry, Form):
            _form(entry, report)


def _say(what: str, name: str, span: Span, node: Node, used: Counter[str], report: Report) -> None:
    """A line that only mentions itself is not used."""
    if used[name] > Counter(_names(node))[name]:
        return
    start = span.start if span.text.startswith(name) else span.start + max(span.text.find(name), 0)
    place = Span(span.source, start, start + len(name))
    _warn(f"{what} is never used", place, "use it, or take it out", report)


def _warn(message: str, place: Span, label: str, report: Report) -> None:
    if len(report.diagnostics) < MOST:
        problem(report, "W0404", message, place, label)


def _names(root: Any) -> Iterator[str]:
    """Every name that is mentioned below a node or a tuple of nodes."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Name):
            yield node.text
        elif isinstance(node, tuple):
            waiting.extend(cast("tuple[Any, ...]", node))
        elif is_dataclass(node) and isinstance(node, Node):
            waiting.extend(getattr(node, field.name) for field in fields(node) if field.compare)
