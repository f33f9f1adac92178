"""M ← M (I − β k kᵀ) + β v kᵀ, y = M q, after every token."""

import torch
from pieces import Weights, apply, conv, heads, model, outer, rmsnorm, silu, swiglu, unit

SYSTEM = "DeltaNet"
FAMILY = "linear memories"
PAPER = "Yang et al., arXiv:2406.06484, eq. 6"
SIZES = {"vocab": 24, "d": 16, "heads": 2, "layers": 2}
LEAVES_OUT = "the scale d^-1/2 of queries, which the norm of the output takes away"


def formula(w: Weights, ids: torch.Tensor) -> torch.Tensor:
    return model(w, ids, "deltanet", layer)


def layer(w: Weights, x: torch.Tensor) -> torch.Tensor:
    a = x + mixer(w.of("delta"), w, rmsnorm(x, w["a_norm.weight"]))
    return a + swiglu(w.of("swiglu"), rmsnorm(a, w["out_norm.weight"]))


def mixer(m: Weights, w: Weights, u: torch.Tensor) -> torch.Tensor:
    count = SIZES["heads"]
    key, value, query = (
        heads(silu(conv(u @ m[f"{role}_linear.weight"].T, m[f"{role}_conv.weight"])), count)
        for role in ("keys", "values", "queries")
    )
    key, query = unit(key), unit(query)
    rate = (u @ m["rate_linear.weight"].T).sigmoid()
    state, out = u.new_zeros(len(u), count, value.shape[-1], key.shape[-1]), []
    for t in range(u.shape[1]):
        k, v, b = key[:, t], value[:, t], rate[:, t, :, None]
        state = state + outer(b * (v - apply(state, k)), k)
        out.append(apply(state, query[:, t]))
    return rmsnorm(torch.stack(out, 1).flatten(2), w["a_rmsnorm.weight"]) @ w["a_linear.weight"].T
