"""The fast path computes what reference.py defines: outputs, final state, gradients."""

import pytest
import torch
from compiled import (
    SIZES,
    assert_close,
    assert_same_gradients,
    assert_same_state,
    example,
    gradients,
    weighted,
)

TOKENS = {"cms": 70, "hope": 66}
"""Enough for the levels to land; for the others 20 are more than two chunks."""


@pytest.mark.parametrize("name", SIZES)
def test_in_float64(name):
    package = example(name)
    module, x = package.module(), package.inputs(2, TOKENS.get(name, 20))
    y, state = package.run(module, x)
    y_ref, state_ref = package.reference(module, x)
    assert_close(y, y_ref, 1e-9, "outputs")
    assert_same_state(state, state_ref)
    assert_same_gradients(
        gradients(weighted(y, state), module), gradients(weighted(y_ref, state_ref), module)
    )


@pytest.mark.parametrize("name", SIZES)
def test_in_float32(name):
    package = example(name)
    narrow, module = package.module(torch.float32), package.module()
    module.load_state_dict({k: v.double() for k, v in narrow.state_dict().items()})
    x = package.inputs(1, TOKENS.get(name, 20))
    y, _ = package.run(narrow, x)
    y_ref, _ = package.reference(module, x)
    assert_close(y, y_ref, 1e-4, "outputs")
    w = torch.randn(y.shape, generator=torch.Generator().manual_seed(3))
    assert_same_gradients(
        gradients((y * w).sum(), narrow), gradients((y_ref * w).sum(), module), within=1e-4, floor=1e-3
    )
