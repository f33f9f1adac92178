"""S ← exp(−Δ A) S + Δ v kᵀ, y = S q + D v, Δ = softplus(W x + b) a head; keys are B, queries C."""

import torch
from pieces import Weights, conv, fading, heads, model, rmsnorm, silu, softplus

SYSTEM = "Mamba2"
FAMILY = "linear memories"
PAPER = "Dao, Gu, arXiv:2405.21060, section 7; state-spaces/mamba, mamba2.py"
SIZES = {"vocab": 24, "d": 16, "heads": 4, "groups": 2, "state": 6, "layers": 2}
LEAVES_OUT = "limits of Δ, which are off by default"
EPS = 1e-5


def formula(w: Weights, ids: torch.Tensor) -> torch.Tensor:
    return model(w, ids, "mamba2", layer, EPS)


def layer(w: Weights, x: torch.Tensor) -> torch.Tensor:
    u, count, m = rmsnorm(x, w["u_norm.weight"], EPS), SIZES["heads"], w.of("ssm")
    whole = made(w, "v", u)
    value = heads(whole, count)
    key, query = (
        heads(made(m, name, u), SIZES["groups"]).repeat_interleave(count // SIZES["groups"], 2)
        for name in ("keys", "queries")
    )
    step = softplus(u @ m["dt_linear.weight"].T + m["dt_linear.bias"])
    keep = (-step * m["keep_weight.weight"].exp()).exp()[..., None, None]
    out = fading(keep, key, step.unsqueeze(-1) * value, query)
    out = (out + w["y_weight.weight"][:, None] * value).flatten(2)
    gated = heads(out * silu(u @ w["z_linear.weight"].T), SIZES["groups"])
    gated = gated / (gated.square().mean(-1, keepdim=True) + EPS).sqrt()
    return x + (gated.flatten(2) * w["out_weight.weight"]) @ w["out_linear.weight"].T


def made(w: Weights, name: str, u: torch.Tensor) -> torch.Tensor:
    return silu(conv(u @ w[f"{name}_linear.weight"].T, w[f"{name}_conv.weight"]) + w[f"{name}_conv.bias"])
