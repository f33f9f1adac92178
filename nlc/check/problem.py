"""How the checker says what is wrong: a diagnostic made from the place it looks at."""

from __future__ import annotations

from collections.abc import Iterable

from nlc.report import Diagnostic, Fix, Label, Report
from nlc.source import Span
from nlc.suggest import nearest, same, slipped

MOST = 100
LISTED = 24
SPELT = frozenset(
    ("name", "size", "memory", "member", "field", "argument", "label", "dim or param", "memory to schedule")
)
"""Kinds of names of which one with a single slip is certainly meant. Ops and parts are none of them:
`sin` is no misspelt `sign`, and the mathematics of a spec is nobody's to guess.
"""


class Stopped(Exception):
    """This entry cannot be understood; its diagnostic is in the report, others go on."""


class Enough(Exception):
    """There are so many errors that more of them help nobody: the whole check ends."""


def problem(
    report: Report,
    code: str,
    message: str,
    span: Span,
    label: str = "",
    *,
    also: Iterable[Label] = (),
    notes: Iterable[str] = (),
    fix: Fix | None = None,
) -> Stopped:
    """Add a diagnostic; the caller raises what comes back where it cannot go on."""
    report.add(Diagnostic(code, message, Label(span, label), tuple(also), tuple(notes), fix))
    if code.startswith("E") and len(report.errors) >= MOST:
        raise Enough
    return Stopped(message)


def unknown(
    report: Report,
    code: str,
    what: str,
    name: str,
    known: Iterable[str],
    span: Span,
    *notes: str,
    meant: str | None = None,
    own: Iterable[str] = (),
) -> Stopped:
    """A name that is not known here, with the nearest one that is: a fix where it is certain, or advice.

    `what` may say whose it is: `argument of `mlp``. `meant`: what it is certainly called here.
    `own`: names the user chose, among more that are known; one slip in such a name is certain too.
    """
    known = sorted(set(known))
    close = meant or (_nearest(name, known) if len(name) > 1 else None)
    kind, of, owner = what.partition(" of ")
    title = f"unknown {kind} `{shown(name)}`{of}{owner}"
    label = f"{owner} has no such {kind}" if owner else "nothing here has this name"
    certain = close and (
        close == meant or same(name, close) or ((kind in SPELT or close in set(own)) and slipped(name, close))
    )
    if close and not certain:
        return problem(report, code, title, span, label, notes=[*notes, f"did you mean `{close}`?"])
    if close:
        fix = Fix(f"did you mean `{close}`?", span, close)
        return problem(report, code, title, span, label, notes=notes, fix=fix)
    more = ", …" if len(known) > LISTED else ""
    listed = (
        f"known here: {', '.join(known[:LISTED])}{more}" if known else f"{owner or 'this place'} has none"
    )
    if notes and not known:
        return problem(report, code, title, span, label, notes=notes)
    return problem(report, code, title, span, label, notes=[*notes, listed])


def _nearest(name: str, known: list[str]) -> str | None:
    return next((other for other in known if same(name, other)), None) or nearest(name, known)


def doubled(report: Report, message: str, span: Span, first: Span | None, note: str = "") -> Stopped:
    """The same name a second time; `first` is where it stood before."""
    also = [Label(first, "first given here")] if first and first.end else []
    return problem(report, "E0406", message, span, "given again", also=also, notes=[note] if note else [])


def shown(text: str) -> str:
    """A piece of the spec, short enough for a title."""
    return text if len(text) <= 40 else text[:37] + "…"
