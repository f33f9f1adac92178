"""What a delta memory can follow: the parity of bits needs a rate above 1, where an answer turns round."""

import pytest
import torch
from compiled import compiled

SPEC = """nl 1
dim d = 2
param rate = 2.0 in log(1e-3, 2.0)
block parity(x: [T d]) {
  memory sign(x) {
    structure: matrix(key=1, value=1)
    keys:      linear(x)
    values:    linear(x)
    queries:   linear(x)
    objective: l2
    optimizer: sgd(lr=rate)
    update:    every token
    init:      learned
  }
  return linear(sign(x), 1)
}
"""


def tracker(rate: float, value: float = 0.0):
    """Bits come as (bit, 1): a one is the key 1 with that value, a zero is no key; all ask with 1."""
    package = compiled(SPEC, rate=str(rate))
    module = package.module()
    memory = module.sign
    weights = {
        memory.keys_linear.weight: [[1.0, 0.0]],
        memory.values_linear.weight: [[0.0, value]],
        memory.queries_linear.weight: [[0.0, 1.0]],
        module.out_linear.weight: [[1.0]],
        memory.init1: [[[1.0]]],
    }
    with torch.no_grad():
        for parameter, numbers in weights.items():
            parameter.copy_(torch.tensor(numbers, dtype=torch.float64))
    return package, module


def answers(rate: float, bits: torch.Tensor, value: float = 0.0) -> torch.Tensor:
    package, module = tracker(rate, value)
    x = torch.stack([bits, torch.ones_like(bits)], -1)[None]
    with torch.no_grad():
        return package.run(module, x)[0][0, :, 0]


def test_a_rate_of_two_tracks_parity_exactly():
    bits = torch.randint(0, 2, (4096,), generator=torch.Generator().manual_seed(5)).double()
    odd = bits.cumsum(0) % 2
    assert torch.equal(answers(2.0, bits), 1 - 2 * odd)


@pytest.mark.parametrize("rate", [0.05, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("value", [-1.5, 0.0, 0.7])
def test_a_rate_up_to_one_converges_and_cannot_alternate(rate: float, value: float):
    """On ones the distance to the value shrinks by 1 − rate each time: it keeps its sign."""
    found = answers(rate, torch.ones(512, dtype=torch.float64), value)
    times = torch.arange(1, 513, dtype=torch.float64)
    assert torch.allclose(found - value, (1 - value) * (1 - rate) ** times, atol=1e-12)
    assert abs(float(found[-1]) - value) < 1e-9
    steps = found.diff()
    steps = steps[steps.abs() > 1e-12]
    assert bool((steps * (value - 1) >= 0).all())
