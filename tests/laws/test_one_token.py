"""A token by itself takes a shorter way: the same numbers as within a run, outputs, state and gradients."""

import pytest
import torch
from compiled import assert_close, assert_same_gradients, assert_same_state, compiled, gradients, weighted
from linear import CASES, spec

TOKENS = 9


@pytest.mark.parametrize("name", CASES)
def test_token_by_token_is_all_at_once(name):
    package = compiled(spec(name))
    module, x = package.module(), package.inputs(2, TOKENS)
    memory = next(child for child in module.children() if hasattr(child, "_token"))
    y, state = package.run(module, x)
    calls, shorter = [], memory._token
    memory._token = lambda *given: (calls.append(1), shorter(*given))[1]
    pieces, after = [], None
    for token in x.split(1, dim=1):
        piece, after = package.run(module, token, after)
        pieces.append(piece)
    del memory._token
    assert len(calls) == TOKENS
    found = torch.cat(pieces, dim=1)
    assert_close(found, y, 1e-12, "outputs")
    assert_same_state(after, state, 1e-12)
    one, all_at_once = (gradients(weighted(*result), module) for result in ((found, after), (y, state)))
    assert_same_gradients(one, all_at_once, 1e-11)
