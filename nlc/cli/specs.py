"""Which specs the words of a command line mean: files, the files of a folder, standard input."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from nlc.report import SpecError
from nlc.source import Source

SUFFIXES = (".nl", ".yaml", ".yml")
STDIN = Path("-")


@dataclass(frozen=True)
class Found:
    """One spec to be read: a file, or text that is there already."""

    path: Path
    root: Path | None
    """What its `use` may read from; None: the file's own folder."""
    text: Source | SpecError | None = None

    @property
    def name(self) -> str:
        return self.path.as_posix()


def known(words: Sequence[Path], root: Path | None = None) -> list[Found]:
    """What `find` finds, where there is something for every word."""
    for word in words:
        if word != STDIN and not word.exists():
            raise typer.BadParameter(f"there is no `{word}`")
        if word.is_dir() and not any(_within(word)):
            raise typer.BadParameter(f"no spec lies in `{word}`: they end in {', '.join(SUFFIXES)}")
    return find(words, root)


def find(words: Sequence[Path], root: Path | None) -> list[Found]:
    """The specs of all words, in their order; a folder gives its own sorted, and is their root."""
    found: list[Found] = []
    for word in words:
        if word == STDIN:
            found.append(Found(Path("<stdin>"), root, _standard_input()))
        elif word.is_dir():
            found += [Found(path, root or word) for path in sorted(_within(word))]
        else:
            found.append(Found(word, root))
    return found


def _within(folder: Path) -> Iterator[Path]:
    """Specs in a folder and the folders in it; what is hidden stays hidden, links are not followed."""
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if name.endswith(SUFFIXES) and not name.startswith("."):
                yield Path(place) / name


def _standard_input() -> Source | SpecError:
    from nlc.read.uses import decode

    try:
        return decode(sys.stdin.buffer, "<stdin>")
    except SpecError as wrong:
        return wrong
