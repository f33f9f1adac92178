"""Train and eval modes, with and without gradients: one function."""

import pytest
import torch
from compiled import SIZES, assert_close, assert_same_state, example


@pytest.mark.parametrize("name", SIZES)
def test_train_and_eval_are_one_function(name):
    package = example(name)
    module, x = package.module(torch.float32), package.inputs(2, 70)
    y, state = package.run(module.train(), x)
    other, after = package.run(module.eval(), x)
    assert other.equal(y)
    assert_same_state(after.detach(), state.detach(), 0.0)


@pytest.mark.parametrize("name", SIZES)
def test_without_gradients_the_same_is_computed(name):
    package = example(name)
    module, x = package.module(), package.inputs(2, 70)
    y, state = package.run(module, x)
    with torch.no_grad():
        other, after = package.run(module, x)
    assert_close(other, y, 1e-12, "outputs")
    assert_same_state(after, state.detach(), 1e-12)
    assert not any(t.requires_grad for t in [other, *after.tensors().values()])
