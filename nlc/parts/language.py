"""Words of the language that are neither part nor key, from grammar/words.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from textwrap import fill
from typing import Any

from nlc.data import grammar


@dataclass(frozen=True)
class Word:
    """What a word says, and how it is written."""

    name: str
    about: str
    written: str

    def json(self) -> dict[str, Any]:
        return asdict(self)


@cache
def words() -> Mapping[str, Word]:
    """By name."""
    data = tomllib.loads(grammar("words.toml"))
    return {name: Word(name, said["about"], said["as"]) for name, said in data.items()}


def page(word: Word) -> str:
    """The word as a person reads it."""
    return "\n".join(
        [f"{word.name}, word of the language", "", fill(word.about, 88), "", f"    {word.written}"]
    )
