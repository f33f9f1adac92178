"""How the checker says what is wrong: a diagnostic made from the place it looks at."""

from __future__ import annotations

from collections.abc import Iterable

from nlc.report import Diagnostic, Fix, Label, Report
from nlc.source import Span
from nlc.suggest import nearest


class Stopped(Exception):
    """This entry cannot be understood; its diagnostic is in the report, others go on."""


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
    return Stopped(message)


def unknown(
    report: Report, code: str, what: str, name: str, known: Iterable[str], span: Span, *notes: str
) -> Stopped:
    """A name that is not known here, with the nearest one that is."""
    known = sorted(set(known))
    close = nearest(name, known)
    if close:
        fix = Fix(f"did you mean `{close}`?", span, close)
        return problem(
            report, code, f"unknown {what} `{name}`", span, f"no {what} of this name", notes=notes, fix=fix
        )
    listed = f"known here: {', '.join(known[:24])}" if known else f"there is no {what} here"
    return problem(
        report, code, f"unknown {what} `{name}`", span, f"no {what} of this name", notes=[*notes, listed]
    )
