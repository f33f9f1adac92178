"""A key that is written twice: the delta rule answers with the new value, the Hebbian one with both."""

import pytest
import torch
from compiled import compiled

SPEC = """nl 1
dim d = 8
block layer(x: [T d]) {
  memory m(x) {
    structure: matrix(key=4, value=4)
    keys:      linear(x)
    values:    linear(x)
    queries:   linear(x)
    objective: %s
    optimizer: sgd(lr=1.0)
    update:    every token
  }
  return m(x)
}
"""


@pytest.mark.parametrize("objective", ["l2", "dot"])
def test_what_a_key_answers_that_was_written_twice(objective: str):
    package = compiled(SPEC % objective)
    module, first = package.module(), torch.eye(8, dtype=torch.float64)
    key = torch.tensor([0.5, -0.5, 0.5, 0.5], dtype=torch.float64)
    old, new = torch.randn(2, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(4))
    with torch.no_grad():
        module.m.keys_linear.weight.copy_(first[:4])
        module.m.queries_linear.weight.copy_(first[:4])
        module.m.values_linear.weight.copy_(first[4:])
        pairs = torch.stack([torch.cat([key, value]) for value in (old, new)])[None]
        for run in (package.run, package.reference):
            once, twice = run(module, pairs)[0][0]
            assert torch.allclose(once, old)
            assert torch.allclose(twice, new if objective == "l2" else old + new)
