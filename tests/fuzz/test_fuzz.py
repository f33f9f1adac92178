"""Half-typed and damaged files: a report in time, never a traceback.

A plain run takes a fixed sample; `pytest tests/fuzz --all` (`make fuzz`) takes every byte.
"""

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import nlc
from nlc.check import check
from nlc.level import level
from nlc.read import read
from nlc.report import SpecError

EXAMPLES = sorted(
    path for path in (Path(nlc.__file__).parents[1] / "examples").iterdir() if path.suffix in (".nl", ".yaml")
)
SLOW = 1.0
"""Seconds of one processor that one file may take."""

SAMPLE = max(2, 170 // len(EXAMPLES))
"""Truncations, and as many edits, of each example in a plain run: as many in all, however many there are."""


def truncated(data: bytes, every: bool) -> Iterator[bytes]:
    """The file up to each byte, as an editor sees it while it is typed."""
    chance = random.Random(len(data))
    ends = range(len(data)) if every else sorted(chance.sample(range(len(data)), SAMPLE))
    return (data[:end] for end in ends)


def edited(data: bytes, every: bool) -> Iterator[bytes]:
    """One byte replaced, put in or taken out: at each place, or at places of a fixed chance."""
    chance = random.Random(len(data) + 1)
    places = range(len(data)) if every else chance.sample(range(len(data)), SAMPLE)
    for at in places:
        byte = bytes([chance.choice((chance.randrange(256), chance.randrange(32, 127)))])
        cut, new = chance.choice(((1, byte), (0, byte), (1, b"")))
        yield data[:at] + new + data[at + cut :]


def answer(path: Path, data: bytes) -> tuple[bool, float]:
    """Whether the file is right, and the seconds it took; anything but a report is a bug."""
    path.write_bytes(data)
    start = time.process_time()
    try:
        level(check(read(path)))
        right = True
    except SpecError as wrong:
        assert wrong.report.errors and str(wrong)
        assert all(found.label.span.source.text is not None for found in wrong.report.diagnostics)
        right = False
    taken = time.process_time() - start
    assert taken < SLOW, f"{taken:.2f} s for {data!r}"
    return right, taken


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_damaged(
    example: Path, tmp_path: Path, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
):
    every = bool(request.config.getoption("--all"))
    data, path = example.read_bytes(), tmp_path / example.name
    counts: list[str] = []
    slowest = 0.0
    for kind in (truncated, edited):
        answers = [answer(path, damaged) for damaged in kind(data, every)]
        right = sum(fine for fine, _ in answers)
        slowest = max(slowest, *(taken for _, taken in answers))
        counts.append(f"{len(answers):5} {kind.__name__} ({right:3} still right)")
    if every:
        with capsys.disabled():
            print(f"\n{example.name:22} {', '.join(counts)}, slowest {slowest:.2f} s", end="")
