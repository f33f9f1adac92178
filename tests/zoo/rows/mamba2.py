"""S ← exp(−Δ A) S + Δ v kᵀ, y = S q + D v, Δ = softplus(W x + b) a head; keys are B, queries C."""

import torch
from pieces import Weights, conv, fading, heads, model, rmsnorm, silu, softplus

SYSTEM = "Mamba2"
FAMILY = "linear memories"
PAPER = "Dao, Gu, arXiv:2405.21060, section 7; state-spaces/mamba, mamba2.py"
SIZES = {"vocab": 24, "d": 16, "heads": 4, "groups": 2, "state": 6, "layers": 2}
LEAVES_OUT = "limits of Δ, which are off by default; with several groups the norm is one, as in transformers"


def formula(w: Weights, ids: torch.Tensor) -> torch.Tensor:
    return model(w, ids, "mamba2", layer)


def layer(w: Weights, x: torch.Tensor) -> torch.Tensor:
    u, count, m = rmsnorm(x, w["u_norm.weight"]), SIZES["heads"], w.of("ssm")
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
    gated = rmsnorm(out * silu(u @ w["out_linear.weight"].T), w["out_norm.weight"], 1e-5)
    return x + gated @ w["out_linear2.weight"].T


def made(w: Weights, name: str, u: torch.Tensor) -> torch.Tensor:
    return silu(conv(u @ w[f"{name}_linear.weight"].T, w[f"{name}_conv.weight"]) + w[f"{name}_conv.bias"])
