"""Discovery: a part exists by being a file in the folder of its kind."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from keyword import iskeyword

from nlc.parts.part import Part

KINDS = ("structure", "objective", "optimizer", "retention", "init", "op")


@cache
def names(kind: str) -> tuple[str, ...]:
    """The names of all parts of a kind, sorted; none of them is imported."""
    package = import_module(f"nlc.parts.{kind}")
    return tuple(sorted(module.name.rstrip("_") for module in pkgutil.iter_modules(package.__path__)))


@cache
def find(kind: str, name: str) -> type[Part] | None:
    """The part of that kind and name, imported when first asked for; None if there is none."""
    if name not in names(kind):
        return None
    module = import_module(f"nlc.parts.{kind}.{_file(name)}")
    return next(
        part
        for part in vars(module).values()
        if isinstance(part, type) and issubclass(part, Part) and part.__module__ == module.__name__
    )


def _file(name: str) -> str:
    """A Python keyword cannot name a module: such a part's file ends in an underscore."""
    return f"{name}_" if iskeyword(name) else name
