"""With rate 0 a memory is what it starts as: a frozen network, or nothing."""

import pytest
import torch
import torch.nn.functional as F
from compiled import assert_close, compiled

LAYER = """nl 1
dim d = 8
block layer(x: [T d]) {{
  memory m(x) {{
    structure: {structure}
    keys:      linear(x) |> l2norm
    values:    linear(x)
    queries:   linear(x)
    objective: {objective}
    optimizer: {optimizer}
    update:    every {update}
    anchor:    every {anchor}
    init:      {init}
  }}
  m.write(x)
  return m.read(x)
}}
"""
OBJECTIVES = ["l2", "dot", "minimize(log(cosh(p - v)))"]
OPTIMIZERS = ["sgd(lr=0.0)", "momentum(lr=0.0, beta=0.5)", "dgd(lr=0.0)"]
PERIODS = [("token", "4 tokens"), ("4 tokens", "token"), ("6 tokens", "4 tokens")]


def spec(structure, init, objective="l2", optimizer="sgd(lr=0.0)", update="token", anchor="4 tokens"):
    return compiled(LAYER.format(**locals()))


def frozen(module, x):
    """The start, as a plain network of the queries."""
    y = F.linear(x, module.m.queries_linear.weight).unflatten(-1, (2, 4)).transpose(1, 2)
    weights = [p for name, p in module.m.named_parameters() if name.startswith("init")]
    for n, weight in enumerate(weights, 1):
        y = y @ weight.mT
        y = F.gelu(y) if n < len(weights) else y
    return y.transpose(1, 2).flatten(2)


@pytest.mark.parametrize("structure", ["matrix(heads=2)", "mlp(depth=2, expansion=2, heads=2)"])
@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_learned_start_stays_frozen(structure, objective, optimizer):
    for update, anchor in PERIODS[: 1 if objective != "l2" else 3]:
        package = spec(structure, "learned", objective, optimizer, update, anchor)
        module, x = package.module(), package.inputs(2, 13)
        expected = frozen(module, x)
        assert_close(package.run(module, x)[0], expected, 1e-12, "outputs")
        assert_close(package.reference(module, x)[0], expected, 1e-12, "the reference's outputs")


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("structure", ["matrix(heads=2)", "mlp(depth=1, heads=2)"])
def test_zeros_read_zeros(structure, objective):
    package = spec(structure, "zeros", objective)
    module, x = package.module(), package.inputs(2, 13)
    assert not package.run(module, x)[0].any()
    assert not package.reference(module, x)[0].any()


CMS = """nl 1
dim d = 8, vocab = 11
block layer(x: [T d]) {{
  memory band[c in 4, 8](x) {{
    structure: mlp(depth=2, expansion=2, residual=true)
    objective: task
{rule}
    init:      learned
  }}
  return chain(band, norm(x))
}}
model lm(ids: [T]) {{
  objective: next_token
  optimizer: adamw(lr=1e-3)
  update:    every step
  return embed(ids, d) |> repeat(layer, 2) |> norm |> unembed
}}
"""


def test_levels_without_rate_are_plain_networks():
    """The same parameters under the same names, and the same function."""
    levels = compiled(CMS.format(rule="    optimizer: sgd(lr=0.0)\n    update:    every c tokens"))
    plain = compiled(CMS.format(rule="    update:    every step"))
    module, network = levels.module(), plain.module(seed=5)
    network.load_state_dict(module.state_dict())
    x = levels.inputs(2, 30)
    y, state = levels.run(module, x)
    assert_close(y, plain.run(network, x)[0], 1e-12, "outputs")
    assert_close(module.loss(x), network.loss(x), 1e-12, "loss")
    assert not any(t.any() for name, t in state.tensors().items() if "difference" in name)
    found = torch.autograd.grad(module.loss(x), list(module.parameters()))
    for a, b in zip(found, torch.autograd.grad(network.loss(x), list(network.parameters())), strict=True):
        assert_close(a, b, 1e-9, "gradient")
