"""s_c ← (1 − Δ_c k²) ⊙ s_c + Δ_c v_c k, y_c = s_cᵀ q for every channel c; Δ = β / (1 + β ‖k‖²)."""

import torch
from pieces import Weights, conv, fading, model, rmsnorm, silu

SYSTEM = "Longhorn"
FAMILY = "linear memories"
PAPER = "Liu et al., arXiv:2407.14207, algorithm 1; Cranial-XIX/longhorn, models/longhorn.py"
SIZES = {"vocab": 24, "d": 8, "state": 5, "rank": 3, "layers": 2}
LEAVES_OUT = ""


def formula(w: Weights, ids: torch.Tensor) -> torch.Tensor:
    return model(w, ids, "longhorn", layer)


def layer(w: Weights, x: torch.Tensor) -> torch.Tensor:
    u = rmsnorm(x, w["u_norm.weight"])
    v = silu(conv(u @ w["v_linear.weight"].T, w["v_conv.weight"]) + w["v_conv.bias"])
    key, query = v @ w["k_linear.weight"].T, v @ w["pairs.queries_linear.weight"].T
    beta = (v @ w["b_linear.weight"].T @ w["b_linear2.weight"].T + w["b_linear2.bias"]).sigmoid()
    step = beta / (1 + beta * key.square().sum(-1, keepdim=True))
    keep = 1 - step[..., None] * key.square().unsqueeze(-2)
    shared = (part.unsqueeze(2).expand(-1, -1, v.shape[-1], -1) for part in (key, query))
    key, query = shared
    out = fading(keep.unsqueeze(-2), key, (step * v).unsqueeze(-1), query).squeeze(-1)
    out = out + w["y_weight.weight"] * v
    return x + (out * silu(u @ w["out_linear.weight"].T)) @ w["out_linear2.weight"].T
