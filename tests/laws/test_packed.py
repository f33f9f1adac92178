"""Sequences behind one another in one row, by their offsets: each gets what it has alone."""

from itertools import pairwise

import pytest
import torch
from compiled import assert_close, assert_same_gradients, compiled, example, gradients
from test_ragged import assert_as_alone

EXAMPLES = ["deltanet", "transformer", "titans", "hope", "cms", "mamba2"]
OFFSETS = [0, 37, 40, 73, 74, 90]
BLOCK = """
nl 1
dim d = 8
block layer(x: [T d]) {
  memory delta(x) {
    structure: matrix(heads=2)
    keys:      linear(x) |> conv(3) |> l2norm
    values:    linear(x)
    queries:   linear(x) |> l2norm
    objective: l2
    optimizer: sgd(lr=linear(x, 2) |> sigmoid)
    update:    every token
  }
  return x + delta(x)
}
"""


def scalar(y, state):
    """One number that depends on every output and on every part of the state."""
    states = [t.square().sum() for t in state.tensors().values() if t.is_floating_point()]
    return sum(states) + (y * torch.linspace(-1, 1, y.numel(), dtype=y.dtype).view_as(y)).sum()


def assert_packed_as_alone(package):
    """Outputs in the order of the row, the state of each sequence, and the gradients of all of it."""
    module, row = package.module(), package.inputs(1, OFFSETS[-1])
    run = module if package.system.kind == "model" else module.carry
    y, state = run(row, cu_seqlens=torch.tensor(OFFSETS, dtype=torch.int32))
    assert state.position.tolist() == [37, 3, 33, 1, 16]
    together = alone = 0.0
    for number, (start, stop) in enumerate(pairwise(OFFSETS)):
        wanted, own = run(row[:, start:stop])
        found, mine = y[:, start:stop], state.select(number)
        assert_close(found, wanted, 1e-11, f"sequence {number}")
        assert_as_alone(mine, own, 1e-11)
        together, alone = together + scalar(found, mine), alone + scalar(wanted, own)
    assert y.shape[1] == stop
    assert_same_gradients(gradients(together, module), gradients(alone, module), 1e-11)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples(name):
    assert_packed_as_alone(example(name))


def test_a_block():
    package = compiled(BLOCK)
    assert_packed_as_alone(package)
    module, row = package.module(), package.inputs(1, 12)
    assert module(row, cu_seqlens=[0, 5, 12]).equal(module.carry(row, cu_seqlens=[0, 5, 12])[0])


@pytest.mark.parametrize("name", ["titans", "hope"])
def test_no_target_is_of_another_sequence(name):
    module, row = example(name).module(), example(name).inputs(1, 40)
    found = module.loss(row, cu_seqlens=[0, 21, 23, 40])
    alone = [module.loss(row[:, a:b]) * (b - a - 1) for a, b in ((0, 21), (21, 23), (23, 40))]
    assert_close(found, sum(alone) / 37, 1e-12, "loss")


@torch.no_grad()
def test_a_packed_batch_goes_on():
    """The state is one of a batch; a sequence of no tokens is at its start."""
    module, row = example("titans").module(), example("titans").inputs(1, 30)
    _, state = module(row, cu_seqlens=[0, 20, 20, 30])
    assert state.position.tolist() == [20, 0, 10]
    more = example("titans").inputs(3, 9, seed=4)
    y, _ = module(more, state)
    whole, _ = module(torch.cat([row[:, 20:], more[2:]], dim=1))
    assert_close(y[2], whole[0, 10:], 1e-11, "the third")
    assert_close(y[1], module(more[1:2])[0][0], 1e-11, "the second")


@pytest.mark.parametrize("name", ["titans", "cms"])
@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"batch": 2}, r"one row, \(1, tokens, …\), got \(2, 5\)"),
        ({"cu_seqlens": [0, 4, 3, 5]}, r"rise from 0 to 5, got \[0, 4, 3, 5\]"),
        ({"cu_seqlens": [1, 5]}, r"rise from 0 to 5, got \[1, 5\]"),
        ({"cu_seqlens": [0, 3]}, r"rise from 0 to 5, got \[0, 3\]"),
        ({"cu_seqlens": [0, 3, 6]}, r"rise from 0 to 5, got \[0, 3, 6\]"),
        ({"cu_seqlens": []}, "integers, got"),
        ({"cu_seqlens": torch.zeros(0, dtype=torch.int32)}, r"rise from 0 to 5, got \[\]"),
        ({"cu_seqlens": [[0, 5]]}, r"one axis, integers, got \(1, 2\)"),
        ({"cu_seqlens": [0.0, 5.0]}, "integers, got .* of torch.float32"),
        ({"lengths": [5]}, "leave lengths out"),
        ({"state": 1}, "leave the state out"),
    ],
)
def test_what_does_not_fit_is_said(name, given, says):
    module = example(name).module()
    ids = torch.zeros(given.get("batch", 1), 5, dtype=torch.int64)
    state = module.begin(given["state"]) if "state" in given else None
    with pytest.raises(ValueError, match=says):
        module(ids, state, lengths=given.get("lengths"), cu_seqlens=given.get("cu_seqlens", [0, 2, 5]))
