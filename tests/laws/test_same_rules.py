"""Rules that are written differently and are the same rule."""

import pytest
import torch
from compiled import Compiled, assert_close, compiled

FORM = """nl 1
dim d = 8
block layer(x: [T d]) {{
  k = linear(x)
  v = linear(x)
  rate = sigmoid(linear(x, 2))
  kept = sigmoid(linear(x, 2, bias=2.0))
  memory m(x) {{
    structure: matrix(heads=2)
    keys: {keys} |> l2norm
    values: {values}
    queries: linear(x) |> l2norm
    objective: {objective}
    optimizer: {optimizer}
    retention: {retention}
    update: every token
  }}
  return x + m(x)
}}
"""
TWICE = "sgd(lr=concat({}, {}), steps=2)"
GATED = {
    "keys": "k",
    "values": "v",
    "objective": "l2",
    "optimizer": "sgd(lr=rate)",
    "retention": "keep(kept, first=true)",
}
SAME = {
    "Titans without momentum is the gated delta rule whose gate is additive": (
        GATED | {"retention": "keep(kept)"},
        GATED | {"optimizer": "momentum(lr=rate, beta=0.0)", "retention": "keep(kept)"},
    ),
    "RWKV-7 with its keys and a rate a head is the gated delta rule": (
        GATED,
        GATED
        | {
            "objective": "dot",
            "optimizer": "dgd(lr=rate, erase_keys=l2norm(k), erase_rate=rate * kept)",
            "retention": "keep(kept)",
        },
    ),
    "as is the additive form, erased by the rate alone": (
        GATED | {"retention": "keep(kept)"},
        GATED
        | {
            "objective": "dot",
            "optimizer": "dgd(lr=rate, erase_keys=l2norm(k))",
            "retention": "keep(kept)",
        },
    ),
    "DeltaProduct of one step is DeltaNet": (
        GATED | {"retention": "keep"},
        GATED | {"retention": "keep", "optimizer": "sgd(lr=rate, steps=1)"},
    ),
    "DeltaProduct whose second step has rate 0 is gated DeltaNet": (
        GATED,
        GATED
        | {"keys": "concat(k, v)", "values": "concat(v, k)", "optimizer": TWICE.format("rate", "0 * rate")},
    ),
}


def outputs(package: Compiled, tensors: list[torch.Tensor]) -> torch.Tensor:
    """What a layer answers whose parameters are these, in their order."""
    module = package.module()
    with torch.no_grad():
        for parameter, tensor in zip(module.parameters(), tensors, strict=True):
            parameter.copy_(tensor)
        return package.run(module, package.inputs(2, 40))[0]


@pytest.mark.parametrize("name", SAME)
def test_one_rule_in_two_forms(name: str):
    left, right = (compiled(FORM.format(**fields)) for fields in SAME[name])
    tensors = [parameter.detach() for parameter in left.module().parameters()]
    assert_close(outputs(left, tensors), outputs(right, tensors), 1e-12, name)
