"""What a sweep's folder remembers: one line of JSON for each run that came to an end."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from nlc.run.sweep.asked import Asked
from nlc.run.sweep.price import Point

NAMED = ("pydoc", "stdlib")
"""Texts that come with Python: they change with its version."""


@dataclass(frozen=True)
class Result:
    """One run of one point. `bits` is bits per byte of the validation text; None where it `diverged`."""

    key: str
    seed: int
    values: Mapping[str, str]
    steps: int
    seconds: float
    """Of training."""
    work: float
    """Matrix FLOPs of the training."""
    bits: float | None = None
    diverged: str = ""
    """Where the run stopped being finite."""


class Results:
    """The lines of `path` by key, as they were when this was made, and those added since."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.found: dict[str, Result] = {}
        for line in path.read_bytes().splitlines() if path.exists() else []:
            result = _result(line)
            if result is not None:
                self.found[result.key] = result

    def get(self, point: Point, asked: Asked, seed: int) -> Result | None:
        return self.found.get(key(point, asked, seed))

    def add(self, result: Result) -> None:
        """One line more, on the disk when this comes back."""
        self.found[result.key] = result
        with self.path.open("ab+") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 1))
            # A kill may have cut the last line short: it stays alone on its line.
            torn = file.read(1) not in (b"", b"\n")
            file.write(b"\n" * torn + json.dumps(asdict(result)).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    @property
    def speed(self) -> float | None:
        """Matrix FLOPs a second of the runs so far."""
        seconds = sum(result.seconds for result in self.found.values())
        return sum(result.work for result in self.found.values()) / seconds if seconds else None


def key(point: Point, asked: Asked, seed: int) -> str:
    """The same for two runs that would do the same."""
    training = {**asdict(asked), "seed": seed, "data": [_text(name) for name in asked.data]}
    del training["seeds"]
    facts = json.dumps([point.hash, training], sort_keys=True)
    return hashlib.sha256(facts.encode()).hexdigest()


@lru_cache
def _text(name: str) -> str:
    """Which text a name of `--data` stands for now."""
    if name in NAMED:
        return f"{name} of Python {platform.python_version()}"
    try:
        return hashlib.sha256(Path(name).read_bytes()).hexdigest()
    except OSError:
        return name  # what reads it says what is wrong


def _result(line: bytes) -> Result | None:
    """None for a line that is torn, or not of a sweep."""
    try:
        found: dict[str, Any] = json.loads(line)
        return Result(**found)
    except (ValueError, TypeError):
        return None
