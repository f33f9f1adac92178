"""y = Σ_{j ≤ t} softmax(⟨R_t q_t, R_j k_j⟩/√n) v_j, heads sharing keys; then W₃ (silu(W₁ x) ⊙ W₂ x)."""

import torch
from pieces import Weights, attend, heads, model, rmsnorm, rope, silu

SYSTEM = "Llama (Transformer++)"
FAMILY = "attention"
PAPER = "Touvron et al., arXiv:2302.13971; rotations, arXiv:2104.09864; shared heads, arXiv:2305.13245"
SIZES = {"vocab": 24, "d": 16, "heads": 4, "kv_heads": 2, "layers": 2, "hidden": 24, "eps": 1e-6}
LEAVES_OUT = ""


def formula(w: Weights, ids: torch.Tensor) -> torch.Tensor:
    return model(w, ids, "llama", layer)


def layer(w: Weights, x: torch.Tensor) -> torch.Tensor:
    u = rmsnorm(x, w["input_norm.weight"])
    key, value = (heads(u @ w[f"attn.{role}_linear.weight"].T, 2) for role in ("keys", "values"))
    query = heads(u @ w["attn.queries_linear.weight"].T, 4)
    y = attend(rope(query), (rope(key), value), lambda t, j: j <= t)
    a = x + y @ w["o_linear.weight"].T
    u = rmsnorm(a, w["post_norm.weight"])
    hidden = silu(u @ w["gate_linear.weight"].T) * (u @ w["up_linear.weight"].T)
    return a + hidden @ w["down_linear.weight"].T
