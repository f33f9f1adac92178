"""The cut law: fed whole, in pieces cut anywhere, or token by token, a sequence gives the same."""

import pytest
import torch
from compiled import (
    SIZES,
    assert_close,
    assert_same_gradients,
    assert_same_state,
    example,
    gradients,
    in_pieces,
    weighted,
)

PERIODS = {"titans": (8,), "hope": (8, 16, 64), "cms": (16, 64, 128)}
"""Tokens between landings and anchors, at the sizes of the tests."""
TOKENS = {"hope": 134, "cms": 150}


def cuts(name, tokens):
    """Every cut into two; with periods, every cut beside one of their multiples, and by threes."""
    around = {t + d for p in PERIODS.get(name, ()) for t in range(p, tokens, p) for d in (-1, 0, 1)}
    points = [t for t in sorted(around or range(1, tokens)) if 0 < t < tokens]
    if tokens > 100:
        points = [t for t in points if t < 36 or t > 60][:: 2 if name == "hope" else 1]
    pairs = [[t, tokens - t] for t in points]
    threes = [[a, b - a, tokens - b] for a, b in zip(points, points[2:], strict=False) if b > a]
    return pairs + threes[::4]


@pytest.mark.parametrize("name", SIZES)
def test_in_pieces(name):
    package, tokens = example(name), TOKENS.get(name, 26)
    module, x = package.module(), package.inputs(1, tokens)
    with torch.no_grad():
        y, state = package.run(module, x)
        for sizes in cuts(name, tokens):
            pieces, after = in_pieces(package, module, x, sizes)
            assert_close(pieces, y, 1e-9, f"outputs in pieces of {sizes}")
            assert_same_state(after, state)


@pytest.mark.parametrize("name", SIZES)
def test_token_by_token(name):
    package, tokens = example(name), TOKENS.get(name, 26)
    module, x = package.module(), package.inputs(2, tokens)
    with torch.no_grad():
        y, state = package.run(module, x)
        pieces, after = in_pieces(package, module, x, [1] * tokens)
    assert_close(pieces, y, 1e-9, "outputs")
    assert_same_state(after, state)


@pytest.mark.parametrize("name", SIZES)
def test_gradients_go_through_a_cut(name):
    package, tokens = example(name), {"cms": 70, "hope": 70}.get(name, 26)
    module, x = package.module(), package.inputs(1, tokens)
    whole = gradients(weighted(*package.run(module, x)), module)
    for sizes in ([11, tokens - 11], [5, 11, tokens - 16]):
        assert_same_gradients(gradients(weighted(*in_pieces(package, module, x, sizes)), module), whole)
