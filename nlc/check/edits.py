"""Fixes that put whole lines into a body or take them out, in either spelling."""

from __future__ import annotations

from nlc.report import Fix
from nlc.source import Span, is_yaml
from nlc.spec.file import Form

DASH = "-"


def field_before(form: Form, text: str) -> Fix | None:
    """`text` as the first field of a form; None where its place cannot be told from the text."""
    first = min(form.fields(), key=lambda field: field.span.start, default=None)
    if first is None:
        return None
    lead = _lead(first.span)
    if lead is None or lead.strip():
        return None
    place = Span(first.span.source, first.span.start, first.span.start)
    return Fix(f"add `{text}`", place, f"{text}\n{lead}")


def lines_before(entry: Span, lines: list[str], place: Span, text: str, title: str) -> Fix | None:
    """`text` in place of what stands at `place` in an entry of a body, and lines before that entry."""
    lead = _lead(entry)
    if lead is None:
        return None
    source = entry.source
    kept = source.text[entry.start : place.start]
    whole = Span(source, entry.start, place.end)
    return Fix(title, whole, "".join(f"{line}\n{lead}" for line in lines) + kept + text)


def line_out(span: Span, title: str) -> Fix | None:
    """Take an entry out with its line, if nothing else stands there."""
    source = span.source
    begins = source.line_starts[span.line - 1]
    ends = begins + len(source.line(span.line))
    if source.text[begins : span.start].strip() or source.text[span.end : ends].strip() or "\n" in span.text:
        return None
    ends = source.text.find("\n", ends) + 1 or len(source.text)
    return Fix(title, Span(source, begins, ends), "")


def _lead(span: Span) -> str | None:
    """What stands before it on its line, if a new line may begin with the same."""
    lead = span.source.line(span.line)[: span.column - 1]
    if not lead.strip():
        return lead
    if is_yaml(span.source):
        return lead if lead.strip() == DASH else None
    indent = len(lead) - len(lead.lstrip())
    return lead[:indent]
