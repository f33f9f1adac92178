"""y = Σ_{j ≤ t} softmax(⟨R_t q_t, R_j k_j⟩/√n) v_j; then W₂ gelu(W₁ x)."""

import torch
from pieces import Weights, attend, heads, model, rmsnorm, rope

SYSTEM = "Transformer"
FAMILY = "attention"
PAPER = "Vaswani et al., arXiv:1706.03762"
SIZES = {"vocab": 24, "d": 16, "heads": 2, "layers": 2}
LEAVES_OUT = "the encoder; norms stand before the layers, and rotations are in place of added sinusoids"


def formula(w: Weights, ids: torch.Tensor) -> torch.Tensor:
    return model(w, ids, "transformer", layer)


def layer(w: Weights, x: torch.Tensor) -> torch.Tensor:
    u, m = rmsnorm(x, w["a_norm.weight"]), w.of("attention")
    query, key, value = (
        heads(u @ m[f"attn.{role}_linear.weight"].T, 2) for role in ("queries", "keys", "values")
    )
    y = attend(rope(query), (rope(key), value), lambda t, j: j <= t)
    a = x + y @ m["out_linear.weight"].T
    hidden = rmsnorm(a, w["out_norm.weight"]) @ w["ffn.init1"].T
    hidden = 0.5 * hidden * (1 + (hidden / 2**0.5).erf())
    return a + hidden @ w["ffn.init2"].T
