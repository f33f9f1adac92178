"""Text as bytes: where it comes from, its last tenth for validation, and batches of the rest."""

from __future__ import annotations

import hashlib
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor

from nlc.failure import Failure

STDLIB_BYTES = 8_000_000
"""The standard library's own sources are cut here: enough for two cores, read in a blink."""


class NoText(Failure):
    """The data named cannot be read, or is too short to be cut into a batch."""


@dataclass(frozen=True)
class Text:
    """Bytes in two contiguous parts: the first nine tenths to learn, the last tenth to be judged by."""

    name: str
    data: bytes = field(repr=False)

    @cached_property
    def digest(self) -> str:
        """What tells this text from another."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def border(self) -> int:
        return len(self.data) - len(self.data) // 10

    @property
    def train(self) -> bytes:
        return self.data[: self.border]

    @property
    def valid(self) -> bytes:
        return self.data[self.border :]


def read_text(names: Sequence[str] = ("pydoc",)) -> Text:
    """The named sources, one after the other: `pydoc`, `stdlib`, or paths of files."""
    if not names:
        raise NoText("no data is named")
    makers = {"pydoc": pydoc, "stdlib": stdlib}
    parts = [makers[name]() if name in makers else _file(Path(name)) for name in names]
    data = b"\n".join(parts)
    if len(data) < 1000:
        raise NoText(f"{' '.join(names)}: {len(data)} bytes are too few to train on (at least 1000)")
    return Text(" ".join(names), data)


def pydoc() -> bytes:
    """The topics of Python's own help, in the order of their names."""
    from pydoc_data import topics

    table: dict[str, str] = topics.topics
    return "\n".join(f"{name}\n{table[name]}" for name in sorted(table)).encode()


def stdlib(limit: int = STDLIB_BYTES) -> bytes:
    """The standard library's own sources in the order of their paths, without its tests."""
    root = Path(sysconfig.get_path("stdlib"))
    foreign = {"site-packages", "dist-packages", "test", "tests", "idle_test", "lib2to3", "pydoc_data"}
    parts: list[bytes] = []
    size = 0
    for path in sorted(root.rglob("*.py")):
        if foreign.isdisjoint(path.relative_to(root).parts[:-1]):
            parts.append(path.read_bytes())
            size += len(parts[-1]) + 1
            if size >= limit:
                break
    return b"\n".join(parts)[:limit]


def _file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as wrong:
        raise NoText(f"{path}: {wrong.strerror or wrong}") from wrong


class Batches:
    """Windows at random places of the training part, drawn by a generator of its own.

    The generator's state is the whole cursor: with it the same windows come again.
    """

    def __init__(self, data: bytes, batch: int, length: int, seed: int) -> None:
        if len(data) < length:
            raise NoText(f"a window of {length} bytes does not fit into {len(data)} bytes of training text")
        self._bytes = torch.frombuffer(bytearray(data), dtype=torch.uint8)
        self._batch = batch
        self._window = torch.arange(length)
        self._last = len(data) - length
        self._generator = torch.Generator().manual_seed(seed)

    def next(self) -> Tensor:
        """The next batch: (batch, length) int64."""
        starts = torch.randint(0, self._last + 1, (self._batch, 1), generator=self._generator)
        return self._bytes[starts + self._window].long()

    @property
    def cursor(self) -> Tensor:
        return self._generator.get_state()

    @cursor.setter
    def cursor(self, state: Tensor) -> None:
        self._generator.set_state(state)
