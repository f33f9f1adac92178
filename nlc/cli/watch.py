"""Files that change while a command waits for it.

They are looked at three times a second: a spec and what it uses are a few files, and a look at each works
the same on every system, on network drives, and with editors that replace a file instead of writing it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

EVERY = 0.3
"""Seconds between two looks."""

Stamp = tuple[int, int, int] | None


def stamps(paths: set[Path]) -> dict[Path, Stamp]:
    """What tells a file from what it was: changed when, how long, which; None where there is none."""
    return {path: _stamp(path) for path in paths}


def _stamp(path: Path) -> Stamp:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


class Seen(set[Path]):
    """Files that were looked for, with what each was when that was first done."""

    def __init__(self) -> None:
        super().__init__()
        self.stamps: dict[Path, Stamp] = {}

    def add(self, path: Path) -> None:
        self.stamps.setdefault(path, _stamp(path))
        super().add(path)


def changes(
    watched: Callable[[], set[Path]], seen: Seen, pause: Callable[[float], None] = time.sleep
) -> Iterator[set[Path]]:
    """First all files that are watched, then whichever have changed, come or gone, whenever some have.

    `seen` are watched too: what a spec uses is known only after it was read. Every file is compared with
    what it was before it was read, so that a change while it is read is not missed.
    """
    before = stamps(watched() | seen)
    yield set(before)
    before = {**stamps(watched()), **seen.stamps, **before}
    while True:
        pause(EVERY)
        now = stamps(watched() | seen)
        changed = {path for path in now.keys() | before.keys() if now.get(path) != before.get(path)}
        before = now
        if changed:
            yield changed
            before = {**stamps(watched()), **seen.stamps, **now}


def clear() -> None:
    """An empty screen, where there is one."""
    if sys.stderr.isatty():
        print("\x1b[2J\x1b[3J\x1b[H", end="", file=sys.stderr, flush=True)


def clock() -> str:
    return time.strftime("%H:%M:%S")
