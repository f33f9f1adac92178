"""Mamba, s_c ← exp(−Δ_c A_c) ⊙ s_c + Δ_c v_c B, y_c = s_cᵀ C + D_c v_c; SwiGLU; window attention."""

import torch
from pieces import Weights, attend, conv, fading, heads, model, rmsnorm, rope, silu, softplus, swiglu

SYSTEM = "Samba"
FAMILY = "hybrids"
PAPER = "Ren et al., arXiv:2406.07522, section 2; Mamba: Gu, Dao, arXiv:2312.00752, algorithm 2"
SIZES = {"vocab": 24, "d": 8, "heads": 2, "state": 4, "rank": 3, "window": 5, "layers": 2}
LEAVES_OUT = "shared key heads of the attention (as many heads of keys as of queries)"


def formula(w: Weights, ids: torch.Tensor) -> torch.Tensor:
    return model(w, ids, "samba", layer)


def layer(w: Weights, x: torch.Tensor) -> torch.Tensor:
    x = mlp(w.of("mlp"), mamba(w.of("mamba"), x))
    return mlp(w.of("mlp2"), attention(w.of("attention"), x))


def mlp(w: Weights, x: torch.Tensor) -> torch.Tensor:
    return x + swiglu(w.of("swiglu"), rmsnorm(x, w["out_norm.weight"]))


def mamba(w: Weights, x: torch.Tensor) -> torch.Tensor:
    u, m = rmsnorm(x, w["u_norm.weight"]), w.of("ssm")
    v = silu(conv(u @ w["v_linear.weight"].T, w["v_conv.weight"]) + w["v_conv.bias"])
    key, query = v @ m["keys_linear.weight"].T, v @ m["queries_linear.weight"].T
    step = softplus(v @ m["dt_linear.weight"].T @ m["dt_linear2.weight"].T + m["dt_linear2.bias"])
    # A starts at 1, 2, …: the parameter is what A is more than that, as a logarithm.
    speed = m["keep_weight.weight"].view(v.shape[-1], -1).exp() * (1 + torch.arange(key.shape[-1]).to(x))
    keep = (-step[..., None] * speed).exp().unsqueeze(-2)
    key, query = (part.unsqueeze(2).expand(-1, -1, v.shape[-1], -1) for part in (key, query))
    out = fading(keep, key, (step * v).unsqueeze(-1), query).squeeze(-1) + w["y_weight.weight"] * v
    return x + (out * silu(u @ w["out_linear.weight"].T)) @ w["out_linear2.weight"].T


def attention(w: Weights, x: torch.Tensor) -> torch.Tensor:
    u, inner = rmsnorm(x, w["out_norm.weight"]), w.of("window_attention")
    key, query, value = (
        heads(u @ inner[f"attn.{name}_linear.weight"].T, SIZES["heads"])
        for name in ("keys", "queries", "values")
    )
    rows = rope(key), value
    out = attend(rope(query), rows, lambda t, j: t - SIZES["window"] < j <= t)
    return x + out @ inner["out_linear.weight"].T
