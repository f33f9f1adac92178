"""Where a result goes: to standard output, or into a file that nobody else needs."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import typer

from nlc.cli.answer import current, say
from nlc.cli.specs import SUFFIXES

HINT = "--output"


def guard(output: Path | None, *read: Path) -> None:
    """Refuse to write over a spec, over what is `read`, or into a folder that is not there.

    A command asks before it works, `put` before it writes. A link is what it points to.
    """
    if output is None:
        return
    if any(path.exists() and output.exists() and output.samefile(path) for path in read):
        raise typer.BadParameter(f"`{output}` is what this command reads: name another file", param_hint=HINT)
    if {output.suffix, output.resolve().suffix} & set(SUFFIXES):
        raise typer.BadParameter(
            f"`{output}` is named like a spec, and no result is written over one: name another file",
            param_hint=HINT,
        )
    if not output.parent.is_dir():
        raise typer.BadParameter(f"no folder `{output.parent}` to write into", param_hint=HINT)


def form_of(output: Path | None, forms: Mapping[str, str]) -> str | None:
    """The form that the file's ending asks for; None where nothing is asked for.

    `forms` has the form of each ending; another ending is refused.
    """
    if output is None or not output.suffix:
        return None
    form = forms.get(output.suffix.lower())
    if form is None:
        there = ", ".join(forms)
        raise typer.BadParameter(
            f"nothing here is written as {output.suffix}: there is {there}", param_hint=HINT
        )
    return form


def put(text: str, output: Path | None) -> None:
    """A result: to standard output, or into a file."""
    if output is None:
        print(harmless(text) if sys.stdout.isatty() else text, end="" if text.endswith("\n") else "\n")
        return
    guard(output)
    output.write_text(text if text.endswith("\n") else f"{text}\n", encoding="utf-8")
    if not current().as_json:
        say(f"wrote {output}")


def harmless(text: str) -> str:
    """Without the characters that a terminal would obey: a result may show a stranger's comments."""
    return "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in text)
