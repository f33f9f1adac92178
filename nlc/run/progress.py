"""What a person sees while a model learns: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import Any, Protocol, Self, TextIO

LINES_EVERY = 5.0
"""Seconds between two plain lines."""


class Progress(Protocol):
    """Told of each step and of its place between 0 and 1."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *error: Any) -> None: ...
    def step(self, record: Mapping[str, Any], share: float) -> None: ...
    def say(self, text: str) -> None: ...


def progress(stream: TextIO | None = None, quiet: bool = False) -> Progress:
    """The display that suits the stream (standard error unless said); none where a program reads."""
    if quiet:
        return Silent()
    shown = sys.stderr if stream is None else stream
    return Bar(shown) if shown.isatty() else Lines(shown)


def line(record: Mapping[str, Any]) -> str:
    """One record in words. Rates are for people: bits per byte, not nats."""
    words = [
        *([record["run"], f"{left(record['seconds_left'])} left"] if "run" in record else []),
        f"step {record['step']}",
        f"{record['bits_per_byte']:.3f} bits/byte",
        f"{record['tokens_per_s'] / 1000:.1f}k tokens/s",
    ]
    if record.get("val_bits_per_byte") is not None:
        words.append(f"beginning of the validation text {record['val_bits_per_byte']:.3f}")
    return "  ".join(words)


def left(seconds: float) -> str:
    """`40 s`, `12 min` or `3.5 h`: for a guess, no more digits than that."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


class Silent:
    """Nothing is shown."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: Any) -> None: ...
    def step(self, record: Mapping[str, Any], share: float) -> None: ...
    def say(self, text: str) -> None: ...


class Lines:
    """A line now and then, and one for each validation."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._next = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: Any) -> None: ...

    def step(self, record: Mapping[str, Any], share: float) -> None:
        now = time.monotonic()
        if now >= self._next or "val_bits_per_byte" in record:
            self._next = now + LINES_EVERY
            self.say(f"{share:4.0%}  {line(record)}")

    def say(self, text: str) -> None:
        print(text, file=self._stream, flush=True)


class Bar:
    """A bar with the latest figures; validations stay as lines above it."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Rich

        columns = TextColumn("{task.percentage:3.0f}%"), BarColumn(24), TextColumn("{task.description}")
        self._rich = Rich(*columns, TimeElapsedColumn(), console=Console(file=stream, highlight=False))
        self._task = self._rich.add_task("", total=1.0)

    def __enter__(self) -> Self:
        self._rich.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._rich.__exit__(*error)

    def step(self, record: Mapping[str, Any], share: float) -> None:
        self._rich.update(self._task, completed=share, description=line(record))
        if "val_bits_per_byte" in record:
            self.say(line(record))

    def say(self, text: str) -> None:
        self._rich.console.print(text, markup=False)
