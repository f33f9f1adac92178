"""Triton, which is not one of nlc's dependencies: the versions that serve, and what is said without one.

Interpreting and compiling ahead of time lean on names that Triton does not promise to keep, so the
range of versions is narrow. `tests/kernels/test_interpret.py` says so loudly when a name has moved.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from nlc.failure import Failure

SINCE, BEFORE = (3, 7), (3, 10)
"""The versions that serve: from the first on, and older than the second; as in pyproject.toml."""


class NoTriton(Failure):
    """Triton is absent, is of a version that does not serve, or was told to interpret everything."""


def library(module: str = "triton") -> Any:
    """A module of Triton, untyped; `NoTriton` says why there is none."""
    _approve()
    return import_module(module)


@cache
def _approve() -> None:
    wanted = f"triton>={_dotted(SINCE)},<{_dotted(BEFORE)}"
    try:
        found = version("triton")
    except PackageNotFoundError:
        raise NoTriton(f"triton is not installed: `pip install '{wanted}'` brings it") from None
    if not SINCE <= tuple(int(part) for part in found.split(".")[:2]) < BEFORE:
        raise NoTriton(f"triton {found} is installed, which does not serve: `pip install '{wanted}'` does")
    if import_module("triton").knobs.runtime.interpret:
        raise NoTriton("TRITON_INTERPRET is set, with which triton compiles nothing: unset it")


def _dotted(numbers: tuple[int, ...]) -> str:
    return ".".join(map(str, numbers))
