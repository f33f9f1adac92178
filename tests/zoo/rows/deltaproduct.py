"""For each of a token's pairs: M ← M (I − βⱼ kⱼ kⱼᵀ) + βⱼ vⱼ kⱼᵀ, the first on a M; then y = M q."""

import torch
from pieces import Weights, apply, conv, heads, model, outer, rmsnorm, silu, swiglu, unit

SYSTEM = "Gated DeltaProduct"
FAMILY = "linear memories"
PAPER = "Siems et al., arXiv:2502.10297, sections 3 and 4; flash-linear-attention, gated_deltaproduct.py"
SIZES = {"vocab": 24, "d": 16, "heads": 2, "layers": 2, "steps": 3}
LEAVES_OUT = "the scale d^-1/2 of queries, which the norm of the output takes away"
TOKENS = 29


def formula(w: Weights, ids: torch.Tensor) -> torch.Tensor:
    return model(w, ids, "deltaproduct", layer)


def layer(w: Weights, x: torch.Tensor) -> torch.Tensor:
    u = rmsnorm(x, w["u_norm.weight"])
    y = rmsnorm(mixer(w.of("delta"), u), w["a_norm.weight"]).flatten(2)
    a = x + (y * silu(u @ w["a_linear.weight"].T)) @ w["a_linear2.weight"].T
    return a + swiglu(w.of("swiglu"), rmsnorm(a, w["out_norm.weight"]))


def mixer(m: Weights, u: torch.Tensor) -> torch.Tensor:
    count, steps = SIZES["heads"], SIZES["steps"]
    key, value, query = (
        silu(conv(u @ m[f"{role}_linear.weight"].T, m[f"{role}_conv.weight"]))
        for role in ("keys", "values", "queries")
    )
    key, value = (x.unflatten(-1, (steps, count, -1)) for x in (key, value))
    key, query = unit(key), unit(heads(query, count))
    rate = 2 * (u @ m["rate_linear.weight"].T).sigmoid().unflatten(-1, (steps, count, 1))
    time = (1 + (u @ m["keep_linear.weight"].T + m["keep_linear.bias"]).exp()).log()
    kept = (-m["keep_weight.weight"].exp() * time).exp()
    state, out = u.new_zeros(len(u), count, value.shape[-1], key.shape[-1]), []
    for t in range(u.shape[1]):
        state = kept[:, t, :, None, None] * state
        for j in range(steps):
            k, v, b = key[:, t, j], value[:, t, j], rate[:, t, j]
            state = state + outer(b * (v - apply(state, k)), k)
        out.append(apply(state, query[:, t]))
    return torch.stack(out, 1)
