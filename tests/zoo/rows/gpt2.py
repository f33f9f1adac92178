"""y = Σ_{j ≤ t} softmax(⟨q_t, k_j⟩/√n) v_j; then W₂ gelu(W₁ x + b₁) + b₂; positions are learned."""

import torch
from pieces import Weights, attend, heads, layernorm

SYSTEM = "GPT-2"
FAMILY = "attention"
PAPER = "Radford et al., 2019; openai/gpt-2, src/model.py"
SIZES = {"vocab": 24, "d": 16, "heads": 2, "layers": 2, "length": 32}
LEAVES_OUT = "dropout"


def formula(w: Weights, ids: torch.Tensor) -> torch.Tensor:
    table, places = w["x_embed.weight"], w["x_position.weight"]
    x = table[ids] + places[: ids.shape[1]]
    for part in w.layers("gpt2"):
        x = layer(part, x)
    return layernorm(x, w.of("out_layernorm")) @ table.T


def layer(w: Weights, x: torch.Tensor) -> torch.Tensor:
    u = layernorm(x, w.of("ln_1_layernorm"))
    query, key, value = (
        heads(line(w.of(f"attn.{role}_linear"), u), 2) for role in ("queries", "keys", "values")
    )
    a = x + line(w.of("proj_linear"), attend(query, (key, value), lambda t, j: j <= t))
    hidden = line(w.of("fc_linear"), layernorm(a, w.of("ln_2_layernorm")))
    hidden = 0.5 * hidden * (1 + ((2 / torch.pi) ** 0.5 * (hidden + 0.044715 * hidden**3)).tanh())
    return a + line(w.of("mlp_linear"), hidden)


def line(w: Weights, x: torch.Tensor) -> torch.Tensor:
    return x @ w["weight"].T + w["bias"]
