"""TTT at mini-batches of 64: the rows compare those of 16."""

from dataclasses import replace

import pytest
from zoo import BOUND, measure, rows


@pytest.mark.parametrize("name", ["ttt_linear", "ttt_mlp"])
def test_mini_batches_of_64(name: str):
    row = next(row for row in rows() if row.name == name)
    small = {"vocab": 12, "d": 8, "layers": 1, "chunk": 64}
    errors = measure(replace(row, sizes={**row.sizes, **small}, tokens=70))
    assert errors.output <= BOUND
    assert errors.gradient <= BOUND
