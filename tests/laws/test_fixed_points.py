"""What Hope's rules come to rest at when one pair is shown for ever (equations 92 and 93 with eq. 88)."""

import pytest
import torch
from compiled import assert_close, compiled

BLOCK = """nl 1
dim d = 6
block layer(x: [T d]) {
  memory m(x) {
    structure: matrix
    keys:      linear(x) |> l2norm
    values:    linear(x)
    queries:   linear(x) |> l2norm
    objective: OBJECTIVE
    optimizer: dgd(lr=0.2)
    update:    PERIOD
  }
  m.write(x)
  return m.read(x)
}
"""


def rest(objective, period):
    """(what the memory answers to a key after 200 tokens of one pair, that pair's value)."""
    package = compiled(BLOCK.replace("OBJECTIVE", objective).replace("PERIOD", period))
    module = package.module()
    with torch.no_grad():
        module.m.queries_linear.weight.copy_(module.m.keys_linear.weight)
        x = package.inputs(2, 1).expand(-1, 200, -1)
        y, _ = package.run(module, x)
        return y[:, -1], module.m.values_linear(x[:, -1])


@pytest.mark.parametrize("period", ["every token", "every 4 tokens"])
def test_l2_with_dgd_keeps_half_of_the_value(period):
    """It erases twice: M k ← (1 − 2 η) M k + η v."""
    answer, value = rest("l2", period)
    assert_close(answer, value / 2, 1e-5, "a repeated unit key")


@pytest.mark.parametrize("period", ["every token", "every 4 tokens"])
def test_dot_with_dgd_keeps_the_value(period):
    """The dot form is the delta rule: M k ← (1 − η) M k + η v."""
    answer, value = rest("dot", period)
    assert_close(answer, value, 1e-5, "a repeated unit key")
