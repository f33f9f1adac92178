"""A diagnostic is a value; a report collects them and renders text and JSON from the same value."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from nlc.source import Span

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Label:
    """What is to be said at one place."""

    span: Span
    text: str

    def json(self) -> dict[str, Any]:
        return {"text": self.text, **self.span.json()}


@dataclass(frozen=True)
class Fix:
    """Replace the characters of `span` by `text`; `title` says it as an advice."""

    title: str
    span: Span
    text: str

    def json(self) -> dict[str, Any]:
        return {"title": self.title, "text": self.text, **self.span.json()}


@dataclass(frozen=True)
class Diagnostic:
    """One thing that is wrong: the fact, its place, why, and the way on.

    `code` is a letter, the stage and a number (`E0204`); it has a page in `grammar/errors/`.
    """

    code: str
    message: str
    label: Label
    also: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    fix: Fix | None = None

    @property
    def severity(self) -> Severity:
        return "warning" if self.code.startswith("W") else "error"

    def json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            **self.label.span.json(),
            "label": self.label.text,
            "also": [label.json() for label in self.also],
            "notes": list(self.notes),
            "fix": self.fix.json() if self.fix else None,
        }


@dataclass
class Report:
    """The diagnostics of one run, in the order of their places."""

    diagnostics: list[Diagnostic] = field(default_factory=list[Diagnostic])
    _asked: list[Span] = field(default_factory=list[Span], repr=False)

    def add(self, diagnostic: Diagnostic) -> None:
        diagnostic = self._in_sight(diagnostic)
        if diagnostic not in self.diagnostics:
            self.diagnostics.append(diagnostic)

    @contextmanager
    def asked_for(self, span: Span | None) -> Generator[None]:
        """While this lasts, the user's text at `span` is what leads to the places that are looked at."""
        self._asked += [span] if span else []
        try:
            yield
        finally:
            del self._asked[len(self._asked) - bool(span) :]

    @property
    def site(self) -> Span | None:
        """The innermost place of the user's own that led here."""
        return next((span for span in reversed(self._asked) if not span.source.shipped), None)

    def _in_sight(self, diagnostic: Diagnostic) -> Diagnostic:
        """What is wrong in a file of nlc's own is shown where the user asked for it."""
        there = diagnostic.label
        if not there.span.source.shipped or self.site is None:
            return diagnostic
        also = (there, *(label for label in diagnostic.also if label.span != self.site))
        return replace(diagnostic, label=Label(self.site, "this asks for it"), also=also, fix=None)

    @property
    def errors(self) -> list[Diagnostic]:
        return [d for d in self.diagnostics if d.severity == "error"]

    def sorted(self) -> list[Diagnostic]:
        return sorted(self.diagnostics, key=lambda d: (d.label.span.source.name, d.label.span.start, d.code))

    def json(self) -> list[dict[str, Any]]:
        return [diagnostic.json() for diagnostic in self.sorted()]

    def text(self) -> str:
        return "\n\n".join(render(diagnostic) for diagnostic in self.sorted())

    def stop(self) -> None:
        """Raise what was collected if any of it is an error: stages call this at their end."""
        if self.errors:
            raise SpecError(self)


class SpecError(Exception):
    """The spec is wrong; `report` says where and why, and `str()` is the rendered text."""

    def __init__(self, report: Report) -> None:
        super().__init__(report.text())
        self.report = report


def render(diagnostic: Diagnostic) -> str:
    """The diagnostic as a person reads it: title, place, the line with carets, notes, the way on."""
    labels = [diagnostic.label, *diagnostic.also]
    width = max(len(str(label.span.line)) for label in labels)
    margin = " " * width
    out = [f"{diagnostic.severity}[{diagnostic.code}]: {diagnostic.message}"]
    file = None
    for label in labels:
        span = label.span
        if span.source.name != file:
            arrow = "-->" if file is None else ":::"
            out.append(f"{margin}{arrow} {span.source.name}:{span.line}:{span.column}")
            out.append(f"{margin} |")
            file = span.source.name
        out.extend(_excerpt(label, width))
    out.extend(f"{margin} = {note}" for note in diagnostic.notes)
    if diagnostic.fix:
        out.append(f"{margin} = {diagnostic.fix.title}")
    return "\n".join(out)


def _excerpt(label: Label, width: int) -> list[str]:
    span = label.span
    line = "".join(c if c.isprintable() or c == "\t" else "\ufffd" for c in span.source.line(span.line))
    start = span.column - 1
    carets = "^" * max(1, min(span.end - span.start, len(line) - start))
    pad = "".join("\t" if character == "\t" else " " for character in line[:start])
    first, *rest = label.text.split("\n") or [""]
    margin = " " * width
    out = [f"{span.line:>{width}} | {line}", f"{margin} | {pad}{carets} {first}".rstrip()]
    out.extend(f"{margin} | {pad}{' ' * len(carets)} {more}" for more in rest)
    return out
