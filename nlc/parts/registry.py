"""Discovery: a part exists by being a file in the folder of its kind, or by being one's own.

Own parts belong to the process: files are added before anything is looked up, and stay.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import import_module
from keyword import iskeyword
from pathlib import Path

from nlc.parts.own import Own, PartError, from_file, installed
from nlc.parts.part import Part

KINDS = ("structure", "objective", "optimizer", "retention", "init", "op")

_own: dict[tuple[str, str], Own] = {}
_begun: list[bool] = []
"""Whether installed parts were looked for."""


def add(files: Iterable[str | Path]) -> None:
    """Add the parts of these files, which are run; raises PartError. A file that changed is taken anew."""
    _complete()
    before = dict(_own)
    found = [own for file in dict.fromkeys(map(str, files)) for own in from_file(Path(file))]
    for key in [key for key, own in _own.items() if own.file in {new.file for new in found}]:
        del _own[key]
    try:
        _claim(found)
    except PartError:
        _own.clear()
        _own.update(before)
        _forget()
        raise


def _claim(found: Sequence[Own]) -> None:
    """Each name is given once, and means something."""
    from nlc.parts.sound import what_is_wrong  # which looks parts up

    for own in found:
        key = own.part.kind, own.part.name
        other = _own[key].owner if key in _own else "nlc itself" if key[1] in _shipped(key[0]) else ""
        if other:
            what = f"{key[0]} `{key[1]}`"
            raise PartError(f"{what} is given twice: by {own.owner} and by {other}; rename one of them")
        _own[key] = own
    _forget()
    for own in found:
        if wrong := what_is_wrong(own.part):
            raise PartError(f"{own.owner}: {own.part.kind} `{own.part.name}`: {wrong}")


def _forget() -> None:
    names.cache_clear()
    find.cache_clear()


def _complete() -> None:
    """Parts that come with installed distributions are there from the beginning."""
    if _begun:
        return
    _begun.append(True)
    try:
        _claim(installed())
    except PartError:
        _begun.clear()
        _own.clear()
        raise


def owners() -> Mapping[tuple[str, str], Own]:
    """The parts that are not nlc's, by kind and name."""
    _complete()
    return _own


def digests() -> dict[str, str]:
    """The hashes of the files that own parts come from, by the part's name."""
    found: dict[str, str] = {}
    for (_, name), own in sorted(owners().items()):
        found[name] = f"{found.get(name, '')}{own.digest}"
    return found


@cache
def _shipped(kind: str) -> tuple[str, ...]:
    package = import_module(f"nlc.parts.{kind}")
    return tuple(module.name.rstrip("_") for module in pkgutil.iter_modules(package.__path__))


@cache
def names(kind: str) -> tuple[str, ...]:
    """The names of all parts of a kind, sorted; none of nlc's own is imported."""
    own = (name for other, name in owners() if other == kind)
    return tuple(sorted((*_shipped(kind), *own)))


@cache
def find(kind: str, name: str) -> type[Part] | None:
    """The part of that kind and name, imported when first asked for; None if there is none."""
    if (kind, name) in owners():
        return _own[kind, name].part
    if name not in _shipped(kind):
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
