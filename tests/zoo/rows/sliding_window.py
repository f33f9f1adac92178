"""y = Σ_{t − window < j ≤ t} softmax(⟨R_t q_t, R_j k_j⟩/√n) v_j."""

import torch
from pieces import Weights, attend, heads, model, rmsnorm, rope, swiglu

SYSTEM = "Sliding-window attention"
FAMILY = "attention"
PAPER = "Jiang et al. (Mistral), arXiv:2310.06825; Beltagy et al., arXiv:2004.05150"
SIZES = {"vocab": 24, "d": 16, "heads": 4, "kv_heads": 2, "layers": 2, "hidden": 24, "window": 16}
LEAVES_OUT = ""
TOKENS = 40


def formula(w: Weights, ids: torch.Tensor) -> torch.Tensor:
    return model(w, ids, "sliding_window", layer)


def layer(w: Weights, x: torch.Tensor) -> torch.Tensor:
    u = rmsnorm(x, w["a_norm.weight"])
    key, value = (heads(u @ w[f"attn.{role}_linear.weight"].T, 2) for role in ("keys", "values"))
    query = heads(u @ w["attn.queries_linear.weight"].T, 4)
    y = attend(rope(query), (rope(key), value), lambda t, j: t - SIZES["window"] < j <= t)
    a = x + y @ w["a_linear.weight"].T
    return a + swiglu(w.of("swiglu"), rmsnorm(a, w["out_norm.weight"]))
