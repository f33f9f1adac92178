"""The gated DeltaNet layer of Qwen3-Next in `transformers` and a block of nlc: the same numbers.

Qwen3-Next keeps the rows of its products head by head of the keys: query, key, value and gate of the first,
then those of the second. That is undone here; nothing else differs.
"""

from contextlib import nullcontext

import peers
import pytest
import torch
from compiled import compiled

transformers = peers.transformers()
from transformers.models.qwen3_next import modeling_qwen3_next  # noqa: E402

SPEC = """
nl 1
dim d = 24, heads = 4, key_heads = 2, key = 6, value = 10
param eps = 1e-6

block layer(x: [T d]) {
  memory delta(x) {
    structure: matrix(heads=heads, key_heads=key_heads, key=key, value=value)
    keys:      linear(x) |> conv(4) |> silu |> l2norm(inside=true)
    values:    linear(x) |> conv(4) |> silu
    queries:   (linear(x) |> conv(4) |> silu |> l2norm(inside=true)) / sqrt(key)
    objective: l2
    optimizer: sgd(lr=linear(x, heads) |> sigmoid)
    retention: keep(exp(-exp(weight(heads)) * softplus(linear(x, heads, bias=0.0))), first=true)
    update:    every token
  }
  y = delta(x) |> split(heads) |> rmsnorm(eps=eps) |> merge
  return linear(y * silu(linear(x, heads * value)), d)
}
"""
D, HEADS, KEY_HEADS, KEY, VALUE = 24, 4, 2, 6, 10
EPS = 1e-5


def layer():
    config = transformers.Qwen3NextConfig(
        hidden_size=D,
        num_hidden_layers=1,
        linear_num_value_heads=HEADS,
        linear_num_key_heads=KEY_HEADS,
        linear_key_head_dim=KEY,
        linear_value_head_dim=VALUE,
        linear_conv_kernel_dim=4,
        rms_norm_eps=EPS,
        layer_types=["linear_attention"],
    )
    return peers.shaken(modeling_qwen3_next.Qwen3NextGatedDeltaNet(config, 0))


def ours(theirs):
    """The compiled block with the layer's weights."""
    weights = dict(theirs.named_parameters())
    wide = HEADS // KEY_HEADS * VALUE
    by_head = weights["in_proj_qkvz.weight"].view(KEY_HEADS, -1, D).split([KEY, KEY, wide, wide], dim=1)
    query, key, value, gate = (part.reshape(-1, D) for part in by_head)
    rates = weights["in_proj_ba.weight"].view(KEY_HEADS, -1, D).chunk(2, dim=1)
    rate, forget = (part.reshape(HEADS, D) for part in rates)
    convs = weights["conv1d.weight"][:, 0].split([KEY_HEADS * KEY, KEY_HEADS * KEY, HEADS * VALUE])
    found = {
        f"delta.{name}_conv.weight": w.T for name, w in zip(("queries", "keys", "values"), convs, strict=True)
    }
    found |= {
        "delta.queries_linear.weight": query,
        "delta.keys_linear.weight": key,
        "delta.values_linear.weight": value,
        "delta.rate_linear.weight": rate,
        "delta.keep_linear.weight": forget,
        "delta.keep_linear.bias": weights["dt_bias"],
        "delta.keep_weight.weight": weights["A_log"],
        "y_rmsnorm.weight": weights["norm.weight"],
        "out_linear.weight": gate,
        "out_linear2.weight": weights["out_proj.weight"],
    }
    module = compiled(SPEC, eps=str(EPS)).package.build().to(query.dtype)
    module.load_state_dict(found)
    return module


@pytest.mark.parametrize(("dtype", "within"), [(torch.float32, 1e-5), (torch.float64, 1e-10)])
def test_gated_deltanet(dtype, within):
    """Outputs, and gradients by the input and by all weights together; 70 tokens are two of its chunks."""
    with peers.widened(modeling_qwen3_next) if dtype == torch.float64 else nullcontext():
        theirs = layer().to(dtype)
        module = ours(theirs)
        x = torch.randn(2, 70, D, dtype=dtype, requires_grad=True)
        weigh = torch.randn(2, 70, D, dtype=dtype)
        (y, _), wanted = module.carry(x), theirs(x)
        peers.assert_near(y, wanted, within, "outputs")
        by_x = [torch.autograd.grad((out * weigh).sum(), x, retain_graph=True)[0] for out in (y, wanted)]
        peers.assert_near(*by_x, within, "gradient by the input")
        norms = [peers.norm((out * weigh).sum(), m) for out, m in ((y, module), (wanted, theirs))]
        peers.assert_near(*norms, within, "norm of the gradient")
