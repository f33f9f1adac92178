"""M ← α M (I − β k kᵀ) + β v kᵀ, y = M q, α = exp(−exp(a) softplus(W x + b)), β = σ(W x)."""

import torch
from pieces import Weights, apply, conv, heads, model, outer, rmsnorm, silu, softplus, swiglu, unit_of

SYSTEM = "Gated DeltaNet"
FAMILY = "linear memories"
PAPER = "Yang et al., arXiv:2412.06464, eq. 10; flash-linear-attention, gated_deltanet.py"
SIZES = {"vocab": 24, "d": 16, "heads": 2, "layers": 2}
LEAVES_OUT = ""


def formula(w: Weights, ids: torch.Tensor) -> torch.Tensor:
    return model(w, ids, "gated_deltanet", layer)


def layer(w: Weights, x: torch.Tensor) -> torch.Tensor:
    u, m = rmsnorm(x, w["u_norm.weight"]), w.of("delta")
    key, value, query = (
        heads(silu(conv(u @ m[f"{role}_linear.weight"].T, m[f"{role}_conv.weight"])), SIZES["heads"])
        for role in ("keys", "values", "queries")
    )
    key, query = unit_of(key), unit_of(query) * key.shape[-1] ** -0.5
    rate = (u @ m["rate_linear.weight"].T).sigmoid()
    gate = softplus(u @ m["keep_linear.weight"].T + m["keep_linear.bias"])
    keep = (-m["keep_weight.weight"].exp() * gate).exp()
    state, out = u.new_zeros(len(u), SIZES["heads"], value.shape[-1], key.shape[-1]), []
    for t in range(u.shape[1]):
        k, v, b = key[:, t], value[:, t], rate[:, t, :, None]
        state = keep[:, t, :, None, None] * state
        state = state + outer(b * (v - apply(state, k)), k)
        out.append(apply(state, query[:, t]))
    normed = rmsnorm(torch.stack(out, 1), w["y_rmsnorm.weight"]).flatten(2)
    a = x + (normed * silu(u @ w["a_linear.weight"].T)) @ w["a_linear2.weight"].T
    return a + swiglu(w.of("swiglu"), rmsnorm(a, w["out_norm.weight"]))
