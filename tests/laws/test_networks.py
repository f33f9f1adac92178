"""Networks as memories: biases and gates, and what they are when nothing is written into them."""

import pytest
import torch
import torch.nn.functional as F
from compiled import EXAMPLES, assert_close, assert_same_gradients, compiled, gradients, weighted

from nlc.report import SpecError

MODEL = """nl 1
dim d = 8, vocab = 11
block layer(x: [T d]) {{
  memory band(x) {{
    structure: mlp(depth=2, expansion=2, {structure})
    objective: task
    {rule}
    init:      learned
  }}
  return x + band(x)
}}
model lm(ids: [T]) {{
  objective: next_token
  optimizer: adamw(lr=1e-3)
  update:    every step
  return embed(ids, d) |> repeat(layer, 2) |> norm |> unembed
}}
"""
LEVEL = "optimizer: sgd(lr={rate})\n    update: every 4 tokens"
KINDS = ["activation=silu", "bias=true", "gated=true", "gated=true, bias=true, activation=silu, norm=true"]


def by_hand(memory, x, kind):
    """What a network of `kind` answers, from the parameters of an ordinary layer."""
    activation = F.silu if "silu" in kind else F.gelu
    weights = [getattr(memory, f"init{n}") for n in (1, 2, 3) if hasattr(memory, f"init{n}")]
    biases = [getattr(memory, f"bias{n}", torch.zeros(())) for n in range(1, len(weights) + 1)]
    layers = [x @ w.T + b for w, b in zip(weights[:-1], biases, strict=False)]
    hidden = activation(layers[0]) * layers[1] if "gated" in kind else activation(layers[0])
    y = hidden @ weights[-1].T + biases[-1]
    return F.layer_norm(y, y.shape[-1:]) if "norm" in kind else y


@pytest.mark.parametrize("kind", KINDS)
def test_an_ordinary_layer_is_the_network_by_hand(kind):
    package = compiled(MODEL.format(structure=kind, rule="update: every step"))
    band = package.module().layers[0].band
    x = torch.randn(2, 5, 8, dtype=torch.float64)
    assert any(parameter.any() for name, parameter in band.named_parameters() if "bias" in name) == (
        "bias" in kind
    )
    assert_close(band(x), by_hand(band, x, kind), 1e-12, "outputs")


@pytest.mark.parametrize("kind", KINDS)
def test_a_cms_of_rate_0_is_an_mlp(kind):
    layer = compiled(MODEL.format(structure=kind, rule="update: every step"))
    level = compiled(MODEL.format(structure=kind, rule=LEVEL.format(rate="0.0")))
    plain, ids = layer.module(), layer.inputs(2, 15)
    stream = level.module(seed=1)
    stream.load_state_dict(plain.state_dict())
    expected, _ = plain(ids)
    weigh = torch.randn(expected.shape, dtype=torch.float64)
    found, after = stream(ids)
    assert_close(found, expected, 1e-12, "scores")
    assert not any(t.any() for name, t in after.tensors().items() if "difference" in name)
    assert_same_gradients(
        gradients((found * weigh).sum(), stream), gradients((expected * weigh).sum(), plain), 1e-11
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_level_writes_every_weight_and_every_bias(kind):
    package = compiled(MODEL.format(structure=kind, rule=LEVEL.format(rate="0.5")))
    module, ids = package.module(), package.inputs(2, 9)
    found, after = module(ids)
    expected, reference = package.reference(module, ids)
    assert_close(found, expected, 1e-9, "scores")
    differences = [t for name, t in after.tensors().items() if "difference" in name]
    assert len(differences) == 2 * (3 if "gated" in kind else 2)
    assert all(t[..., -1].any() for t in differences)
    assert_same_gradients(
        gradients(weighted(found, after), module), gradients(weighted(expected, reference), module)
    )


def test_ttt_linear_without_norm_residual_and_bias_is_deltanet_at_mini_batches_of_one():
    text = (EXAMPLES / "ttt_linear.nl").read_text(encoding="utf-8")
    text = changed(text, "16 in {16, 64}", "1")
    text = changed(text, ", bias=true, residual=true, norm=learned, eps=1e-6", "")
    text = changed(text, "init:      learned", "init:      zeros")
    delta = changed(text, "mlp(depth=1, heads=heads)", "matrix(heads=heads)")
    delta = changed(delta, "    retention: keep(now / before, to=anchor)\n", "")
    delta = changed(delta, "    anchor:    every chunk tokens\n", "")
    sizes = {"vocab": "24", "d": "8", "heads": "2", "base": "3.0"}
    ttt, deltanet = compiled(text, **sizes), compiled(delta, **sizes)
    assert [m.family for block in ttt.plan.blocks for m in block.memories] == ["dual"]
    assert [m.family for block in deltanet.plan.blocks for m in block.memories] == ["scan"]
    one, other, ids = ttt.module(), deltanet.module(seed=1), ttt.inputs(2, 17)
    other.load_state_dict(one.state_dict())
    (found, after), (expected, definition) = ttt.run(one, ids), deltanet.run(other, ids)
    assert_close(found, expected, 1e-11, "scores")
    assert_same_gradients(
        gradients(weighted(found, after), one), gradients(weighted(expected, definition), other)
    )


def changed(text, old, new):
    assert text.count(old) == 1
    return text.replace(old, new)


@pytest.mark.parametrize("depth", [1, 3])
def test_a_gate_goes_with_one_hidden_layer(depth):
    text = MODEL.format(structure="gated=true", rule="update: every step")
    with pytest.raises(SpecError) as wrong:
        compiled(changed(text, "depth=2", f"depth={depth}"))
    (found,) = wrong.value.report.errors
    assert found.code == "E0415"
    assert "one hidden layer" in found.message
