"""M_t = a M_{t−1} + (1 − a) M_0 − η_t Σ_{i=t−c+1..t} γ_i (M̂ φ(k_i) − v_i) φ(k_i)ᵀ; M̂ as the chunk began."""

from itertools import combinations_with_replacement

import torch
from pieces import Weights, apply, conv, heads, model, outer, rmsnorm, silu, swiglu, unit

SYSTEM = "OmegaNet"
FAMILY = "atlas"
PAPER = "Behrouz et al., arXiv:2505.23735, eq. 9 to 11 (without the sign slip of 11)"
SIZES = {"vocab": 24, "d": 16, "heads": 4, "features": 15, "layers": 2, "span": 3, "chunk": 4}
LEAVES_OUT = "one φ for keys and queries: each learns its coefficients; forgetting goes to the learned start"
SPAN, CHUNK = 3, 4


def formula(w: Weights, ids: torch.Tensor) -> torch.Tensor:
    return model(w, ids, "omega_net", layer)


def layer(w: Weights, x: torch.Tensor) -> torch.Tensor:
    u = rmsnorm(x, w["u_norm.weight"])
    y = rmsnorm(memory(w.of("omega"), u), w["a_rmsnorm.weight"])
    a = x + (y * silu(u @ w["a_linear.weight"].T)) @ w["a_linear2.weight"].T
    return a + swiglu(w.of("swiglu"), rmsnorm(a, w["out_norm.weight"]))


def features(x: torch.Tensor, a: torch.Tensor) -> torch.Tensor:
    """All monomials of up to two numbers, those of degree i times a_i."""
    numbers = x.unbind(-1)
    pairs = [a[2] * one * other for one, other in combinations_with_replacement(numbers, 2)]
    return torch.stack([a[0].expand_as(numbers[0]), *(a[1] * one for one in numbers), *pairs], -1)


def memory(m: Weights, u: torch.Tensor) -> torch.Tensor:
    count = SIZES["heads"]
    key, value, query = (
        heads(silu(conv(u @ m[f"{role}_linear.weight"].T, m[f"{role}_conv.weight"])), count)
        for role in ("keys", "values", "queries")
    )
    key, query = (
        features(unit(x), m[f"{role}_poly.weight"]) for x, role in ((key, "keys"), (query, "queries"))
    )
    share = (u @ m["counts_linear.weight"].T).sigmoid()
    rate = 0.5 / (CHUNK * SPAN) * (u @ m["rate_linear.weight"].T).sigmoid()
    kept = (u @ m["keep_linear.weight"].T + m["keep_linear.bias"]).sigmoid()
    start = m["init1"].expand(len(u), -1, -1, -1)
    state, out = start, []
    for t in range(u.shape[1]):
        if t % CHUNK == 0:
            anchor = state
        gradient = torch.zeros_like(state)
        for i in range(max(0, t - SPAN + 1), t + 1):
            error = apply(anchor, key[:, i]) - value[:, i]
            gradient = gradient + outer(share[:, i, :, None] * error, key[:, i])
        a, b = kept[:, t, :, None, None], rate[:, t, :, None, None]
        state = a * state + (1 - a) * start - b * gradient
        out.append(apply(state, query[:, t]))
    return torch.stack(out, 1).flatten(2)
