"""Sequences of different lengths and positions in one batch: each gets what it has alone."""

import pytest
import torch
from compiled import SIZES, assert_close, assert_same_gradients, compiled, example, gradients
from hypothesis import HealthCheck, Phase, given, settings
from specs import every_kind

TOKENS = {"cms": 60, "hope": 60}
CALLS = [[1.0, 0.4, 0.0, 0.75], [0.3, 1.0, 0.6, 0.05], [0.8, 0.5, 1.0, 0.3]]
"""What part of the columns of three calls each of four sequences has."""


def assert_as_alone(state, own, within=1e-9):
    """The same tensors; where one has grown less than its neighbours, zeros stand on its left."""
    left, right = state.tensors(), own.tensors()
    assert left.keys() == right.keys()
    for name, wanted in right.items():
        found = left[name]
        for axis, size in enumerate(wanted.shape):
            more = found.shape[axis] - size
            assert not found.narrow(axis, 0, more).any(), f"{name}: padding has left something"
            found = found.narrow(axis, more, size)
        assert_close(found, wanted, within, f"state {name}", floor=1e-9)


def assert_alone_as_together(package, tokens):
    """Outputs, states and gradients of four sequences in ragged calls, and of each by itself."""
    module, x = package.module(), package.inputs(4, 3 * tokens)
    pieces, state = [[] for _ in range(4)], None
    mine = [[] for _ in range(4)]
    for columns, parts in zip(x.split(tokens, dim=1), CALLS, strict=True):
        lengths = [round(part * tokens) for part in parts]
        padded = columns.clone()
        for row, length in enumerate(lengths):
            padded[row, length:] = -1 if package.system.vocab else torch.nan
        y, state = package.run(module, padded, state, lengths=lengths)
        for row, length in enumerate(lengths):
            assert not y[row, length:].any()
            pieces[row].append(y[row : row + 1, :length])
            mine[row].append(columns[row : row + 1, :length])
    random = torch.Generator().manual_seed(3)
    together = alone = 0.0
    for row in range(4):
        found = torch.cat(pieces[row], dim=1)
        y, own = package.run(module, torch.cat(mine[row], dim=1))
        assert_close(found, y, 1e-9, f"sequence {row}")
        assert_as_alone(state.select(row), own)
        weight = torch.randn(y.shape, generator=random, dtype=torch.float64)
        together, alone = together + (found * weight).sum(), alone + (y * weight).sum()
    assert_same_gradients(gradients(together, module), gradients(alone, module))


@pytest.mark.parametrize("name", SIZES)
def test_the_examples(name):
    assert_alone_as_together(example(name), TOKENS.get(name, 20))


@settings(
    max_examples=16,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(every_kind())
def test_random_specs(text):
    assert_alone_as_together(compiled(text), 9)


@pytest.mark.parametrize("name", ["titans", "hope", "transformer"])
def test_padding_is_no_part_of_the_loss(name):
    package = example(name)
    module, ids = package.module(), package.inputs(3, 20)
    lengths = [20, 7, 2]
    found = module.loss(ids, lengths=lengths)
    alone = [module.loss(ids[i : i + 1, :n]) * (n - 1) for i, n in enumerate(lengths)]
    assert_close(found, sum(alone) / (sum(lengths) - 3), 1e-12, "loss")


@pytest.mark.parametrize("name", ["titans", "cms"])
def test_a_loss_goes_on_from_a_state(name):
    package = example(name)
    module, ids = package.module(), package.inputs(2, 40)
    _, state = module(ids[:, :21])
    scores = module(ids)[0][:, 21:-1]
    wanted = torch.nn.functional.cross_entropy(scores.flatten(0, 1), ids[:, 22:].flatten())
    assert_close(module.loss(ids[:, 21:], state), wanted, 1e-12, "loss")
    with pytest.raises(ValueError, match="two tokens"):
        module.loss(ids, lengths=[1, 1])


@torch.no_grad()
def test_an_open_sequence_goes_on_beside_a_new_one():
    """States of calls that had nothing to do with one another, joined."""
    package = example("titans")
    module, x = package.module(), package.inputs(2, 33)
    _, first = package.run(module, x[:1, :13])
    _, second = package.run(module, x[1:, :6])
    y, _ = package.run(module, x[:, 13:], package.package.State.join([first, second]))
    for row, state in enumerate((first, second)):
        assert_close(
            y[row], package.run(module, x[row : row + 1, 13:], state)[0][0], 1e-12, f"sequence {row}"
        )


@pytest.mark.parametrize("name", SIZES)
@torch.no_grad()
def test_token_by_token_from_different_places(name):
    """Each step lands for some of the sequences and not for others."""
    package = example(name)
    module, x, steps = package.module(), package.inputs(3, 34), 20
    starts = [14, 9, 3]
    _, state = package.run(module, x[:, :14], lengths=starts)
    rows = torch.arange(3)
    out = []
    for t in range(steps):
        y, state = package.run(module, x[rows, torch.tensor(starts) + t, None], state)
        out.append(y)
    for row, start in enumerate(starts):
        y, own = package.run(module, x[row : row + 1, : start + steps])
        assert_close(torch.cat(out, dim=1)[row], y[0, start:], 1e-9, f"sequence {row}")
        assert_as_alone(state.select(row), own)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"ids": torch.zeros(2, dtype=torch.int64)}, r"expected \(batch, tokens\) .* got \(2,\)"),
        ({"ids": torch.zeros(2, 0, dtype=torch.int64)}, "at least one token"),
        ({"ids": torch.zeros(2, 5)}, "integers, got torch.float32"),
        ({"lengths": [5]}, r"lengths of shape \(2,\)"),
        ({"lengths": [5.0, 2.0]}, "integers, got"),
        ({"lengths": [6, 2]}, r"from 0 to 5, got \[6, 2\]"),
        ({"state": 3}, "2 sequences were given with a state of 3"),
    ],
)
def test_what_does_not_fit_is_said(given, says):
    module = example("titans").module()
    state = module.begin(given["state"]) if "state" in given else None
    ids = given.get("ids", torch.zeros(2, 5, dtype=torch.int64))
    with pytest.raises(ValueError, match=says):
        module(ids, state, lengths=given.get("lengths"))
