"""Fixes put into a text: what `nlc check --fix` writes, and what an editor would."""

from __future__ import annotations

from collections.abc import Iterable

from nlc.report import Fix, Report
from nlc.source import Source


def fixes(report: Report) -> dict[Source, list[Fix]]:
    """The fixes of a report by the file that they change; files that are not the user's are left out."""
    out: dict[Source, list[Fix]] = {}
    for found in report.sorted():
        if found.fix and found.fix.span.source.path is not None:
            out.setdefault(found.fix.span.source, []).append(found.fix)
    return out


def fixed(source: Source, wanted: Iterable[Fix]) -> tuple[str, list[Fix]]:
    """The text with these fixes in it, and which: of two that overlap, the first in the text is put in."""
    out: list[str] = []
    done: list[Fix] = []
    end = 0
    for fix in sorted(wanted, key=lambda fix: (fix.span.start, fix.span.end)):
        if fix.span.start < end or (done and fix.span.start == done[-1].span.start):
            continue
        out += (source.text[end : fix.span.start], fix.text)
        done.append(fix)
        end = fix.span.end
    return "".join((*out, source.text[end:])), done
