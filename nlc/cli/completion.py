"""What a shell may offer behind a command: words of the vocabulary, names of a spec.

A completion answers while somebody types: it reads little, says nothing, and never fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import typer


def kinds(incomplete: str) -> list[str]:
    """Kinds of parts."""
    from nlc.parts.registry import KINDS

    return [kind for kind in KINDS if kind.startswith(incomplete)]


def words(incomplete: str) -> list[str]:
    """Parts and codes; files are what the shell itself offers."""
    from nlc.data import errors
    from nlc.parts.language import words as language
    from nlc.parts.registry import KINDS, names

    known = {name for kind in KINDS for name in names(kind)} | set(errors()) | set(language())
    return sorted(word for word in known if word.startswith(incomplete))


def settings(context: typer.Context, incomplete: str) -> list[str]:
    """`name=` for the dims and params of the spec that stands on the line already."""
    with suppress(Exception):
        return sorted(name for name in _settable(context) if name.startswith(incomplete))
    return []


def _settable(context: typer.Context) -> Iterator[str]:
    from nlc.read import read

    for word in context.args:  # while a line is unfinished, its arguments are still here
        main = read(Path(word)).main
        yield from (f"{item.name}=" for item in (*main.dims(), *main.params()))
