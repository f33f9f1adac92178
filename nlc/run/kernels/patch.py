"""Names of a library replaced for a while, and all of them as they were afterwards."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, cast

_ABSENT = object()


@contextmanager
def patched(owner: Any, **names: Any) -> Generator[None]:
    """The owner's own attributes replaced, or added; `AttributeError` if one is not there to replace.

    Names with two underscores may be new: a class need not have had them.
    """
    old: dict[str, Any] = {name: _names(owner).get(name, _ABSENT) for name in names}
    gone = [name for name, value in old.items() if value is _ABSENT and not name.startswith("__")]
    if gone:
        raise AttributeError(
            f"{owner!r} has no {', '.join(gone)}: this version of triton is laid out otherwise"
        )
    for name, value in names.items():
        setattr(owner, name, value)
    try:
        yield
    finally:
        for name, value in old.items():
            if value is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, value)


@contextmanager
def kept(*owners: Any) -> Generator[None]:
    """Whatever is done to the attributes of these within is undone afterwards."""
    before = [(owner, _names(owner)) for owner in owners]
    try:
        yield
    finally:
        for owner, names in before:
            for name in _names(owner).keys() - names.keys():
                delattr(owner, name)
            now = _names(owner)
            for name, value in names.items():
                if now.get(name) is not value:
                    setattr(owner, name, value)


def _names(owner: Any) -> dict[str, Any]:
    return dict(cast(dict[str, Any], vars(owner)))
