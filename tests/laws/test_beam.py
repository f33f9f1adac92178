"""A beam search reorders sequences by their states: that is as good as reading each again."""

import pytest
import torch
from compiled import SIZES, assert_close, assert_same_state, example


@pytest.mark.parametrize("name", SIZES)
def test_reordered_states_are_those_of_the_sequences_read_again(name):
    package = example(name)
    module, x = package.module(), package.inputs(3, 40)
    parents = [torch.tensor([2, 0, 2, 1]), [1, 1], torch.tensor([1, 0])]  # more, fewer, as many
    steps = [17, 5, 1]  # one step goes over a landing
    with torch.no_grad():
        read = x[:, :13]
        state = package.run(module, read)[1]
        for number, (chosen, step) in enumerate(zip(parents, steps, strict=True)):
            new = package.inputs(len(chosen), step, seed=10 + number)
            read = torch.cat([read[chosen], new], dim=1)
            y, state = package.run(module, new, state.select(chosen))
            again, whole = package.run(module, read)
            assert_close(y, again[:, -step:], 1e-9, "scores")
            assert_same_state(state, whole)


@pytest.mark.parametrize("name", SIZES)
def test_sequences_run_alone_are_joined(name):
    package = example(name)
    module, x = package.module(), package.inputs(3, 30)
    with torch.no_grad():
        together = package.run(module, x[:, :20])[1]
        alone = [package.run(module, x[i : i + 1, :20])[1] for i in range(3)]
        joined = type(together).join(alone)
        assert_same_state(joined, together)
        y, _ = package.run(module, x[:, 20:], joined)
        assert_close(y, package.run(module, x[:, 20:], together)[0], 1e-9, "scores")


def test_every_kind_of_index_names_sequences():
    package = example("deltanet")
    state = package.run(package.module(), package.inputs(3, 9))[1]
    tensors = state.tensors()
    for index, rows in (
        (1, [1]),
        (-1, [2]),
        (slice(0, 2), [0, 1]),
        ([2, 0, 2], [2, 0, 2]),
        ((0,), [0]),
        (range(2), [0, 1]),
        (torch.tensor(1), [1]),
        (torch.tensor([True, False, True]), [0, 2]),
        (torch.tensor([0, 1]).numpy()[1], [1]),
    ):
        chosen = state.select(index).tensors()
        assert all(chosen[name].equal(tensor[rows]) for name, tensor in tensors.items()), index
