"""The fast path is fast: DeltaNet over 2,048 tokens, forward and backward, against its definition."""

import time
from importlib import import_module
from pathlib import Path

import pytest
import torch

from nlc.check import check
from nlc.emit import emit, write
from nlc.lower import lower
from nlc.read import read
from nlc.run.load import load

TOKENS = 2048


def seconds(run, ids):
    begun = time.process_time()
    scores, _ = run(ids)
    scores.square().mean().backward()
    return time.process_time() - begun


@pytest.mark.alone
def test_deltanet_is_twenty_times_faster_than_its_definition(tmp_path):
    example = Path(__file__).parents[2] / "examples" / "deltanet.nl"
    write(emit(lower(check(read(example), {"layers": "1"}))), tmp_path / "deltanet")
    package = load(tmp_path / "deltanet")
    model = package.build()
    reference = import_module(f"{package.module.__name__}.reference")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # processor time of one thread: other jobs on the machine do not count
    try:
        ids = torch.randint(0, 256, (1, TOKENS))
        seconds(model, ids)
        fast = min(seconds(model, ids) for _ in range(3))
        slow = seconds(lambda ids: reference.run(model, ids), ids)
    finally:
        torch.set_num_threads(threads)
    print(f"fast {fast:.3f} s, definition {slow:.3f} s: {slow / fast:.0f} times")
    assert slow > 20 * fast
