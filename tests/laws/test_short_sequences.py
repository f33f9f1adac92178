"""A sequence shorter than a chunk is not lost: its tokens count when the period completes later."""

import pytest
import torch
from compiled import example

PERIODS = {"titans": 8, "hope": 16, "cms": 16}


@pytest.mark.parametrize("name", PERIODS)
def test_a_short_sequence_still_learns(name):
    """Five tokens write nothing that shows yet; the state that lands later depends on them."""
    package, period = example(name), PERIODS[name]
    module, x = package.module(), package.inputs(1, 2 * period)
    changed = x.clone()
    changed[:, 1] = (changed[:, 1] + 1) % package.system.vocab
    with torch.no_grad():
        scores = []
        for ids in (x, changed):
            _, state = module(ids[:, :5])
            _, state = module(ids[:, 5 : period + 4], state)
            scores.append(module(x[:, period + 4 :], state)[0])
    assert (scores[0] - scores[1]).norm() > 1e-7 * scores[0].norm()


def landed(package, module, *pieces):
    """The levels' differences after these pieces of tokens."""
    state = None
    for ids in pieces:
        _, state = module(ids, state)
    return {k: t for k, t in state.tensors().items() if "difference" in k and "band_16" in k}


def test_a_level_learns_from_a_piece_shorter_than_its_period():
    package = example("cms")
    module, x = package.module(), package.inputs(1, 17)
    with torch.no_grad():
        assert not any(d.any() for d in landed(package, module, x[:, :5]).values())
        assert not any(d.any() for d in landed(package, module, x[:, :5], x[:, 5:16]).values())
        assert all(d.any() for d in landed(package, module, x[:, :5], x[:, 5:]).values())
        first = landed(package, module, x[:, :5], x[:, 5:])
        x[:, 2] = (x[:, 2] + 1) % package.system.vocab
        second = landed(package, module, x[:, :5], x[:, 5:])
    assert all(not first[k].equal(second[k]) for k in first)


def test_one_token_is_a_sequence():
    for name in PERIODS:
        package = example(name)
        module, x = package.module(), package.inputs(2, 1)
        scores, state = module(x)
        assert scores.isfinite().all()
        assert state.position.tolist() == [1, 1]
