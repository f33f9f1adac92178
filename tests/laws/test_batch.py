"""Sequences of one batch know nothing of one another."""

import pytest
import torch
from compiled import SIZES, assert_close, assert_same_state, example

TOKENS = {"cms": 70, "hope": 70}


@pytest.mark.parametrize("name", SIZES)
def test_alone_as_in_a_batch(name):
    package = example(name)
    module, x = package.module(), package.inputs(3, TOKENS.get(name, 20))
    with torch.no_grad():
        y, state = package.run(module, x)
        for i in range(3):
            alone, own = package.run(module, x[i : i + 1])
            assert_close(y[i : i + 1], alone, 1e-11, f"sequence {i}")
            assert_same_state(state.select(i), own, 1e-11)


@pytest.mark.parametrize("name", SIZES)
def test_a_sequence_taken_out_goes_on_alone(name):
    package = example(name)
    module, x = package.module(), package.inputs(3, 40)
    with torch.no_grad():
        _, state = package.run(module, x[:, :21])
        y, after = package.run(module, x[:, 21:], state)
        alone, own = package.run(module, x[1:2, 21:], state.select(1))
    assert_close(y[1:2], alone, 1e-11, "outputs")
    assert_same_state(after.select(1), own, 1e-11)
