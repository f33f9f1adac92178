"""What each key of a spec says, from grammar/fields.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from textwrap import fill
from typing import Any

from nlc.data import grammar
from nlc.parts.registry import names

PLACES = {
    "file": "of a file",
    "form": "of a form",
    "memory": "field of a memory",
    "model": "field of a model",
    "optimizer": "field of an optimizer form",
}


@dataclass(frozen=True)
class Key:
    """One key: what it says, and what holds where it is left out; `part` is the kind that stands there."""

    name: str
    place: str
    about: str
    default: str
    part: str = ""

    def json(self) -> dict[str, Any]:
        return {**asdict(self), "parts": list(names(self.part)) if self.part else []}


@cache
def keys() -> Mapping[str, Mapping[str, Key]]:
    """By place, then by name."""
    data = tomllib.loads(grammar("fields.toml"))
    return {
        place: {name: Key(name, place, **said) for name, said in found.items()}
        for place, found in data.items()
    }


def page(key: Key) -> str:
    """The key as a person reads it."""
    lines = [f"{key.name}, {PLACES[key.place]}", "", fill(key.about, 88), "", f"default  {key.default}"]
    if key.part:
        lines.append(f"parts    {', '.join(names(key.part))}")
    return "\n".join(lines)
