"""M ← M (α − β b k kᵀ) + β v kᵀ, y = M (q − d b k), b = σ(…) and d numbers of each head."""

import torch
from pieces import Weights, apply, conv, heads, model, outer, rmsnorm, silu, softplus, swiglu, unit_of

SYSTEM = "Comba"
FAMILY = "linear memories"
PAPER = "Hu et al., arXiv:2506.02475, eq. 6 to 9; flash-linear-attention, comba.py and fused_recurrent.py"
SIZES = {"vocab": 24, "d": 16, "heads": 2, "layers": 2}
LEAVES_OUT = ""


def formula(w: Weights, ids: torch.Tensor) -> torch.Tensor:
    return model(w, ids, "comba", layer)


def layer(w: Weights, x: torch.Tensor) -> torch.Tensor:
    u, m = rmsnorm(x, w["u_norm.weight"]), w.of("delta")
    key, value, query = (
        heads(silu(conv(u @ part[f"{name}_linear.weight"].T, part[f"{name}_conv.weight"])), SIZES["heads"])
        for part, name in ((w, "k"), (m, "values"), (m, "q"))
    )
    back = w["b_weight.weight"].sigmoid()
    query = unit_of(query - (m["queries_weight.weight"] * back)[:, None] * key) * key.shape[-1] ** -0.5
    key = unit_of(key)
    rate = (u @ m["rate_linear.weight"].T).sigmoid()
    gate = softplus(u @ m["kept_linear.weight"].T + m["kept_linear.bias"])
    keep = (-m["kept_weight.weight"].exp() * gate).exp()
    state, out = u.new_zeros(len(u), SIZES["heads"], value.shape[-1], key.shape[-1]), []
    for t in range(u.shape[1]):
        k, v, r = key[:, t], value[:, t], rate[:, t, :, None]
        error = v - apply(state, back[:, None] * k)
        state = keep[:, t, :, None, None] * state + outer(r * error, k)
        out.append(apply(state, query[:, t]))
    normed = rmsnorm(torch.stack(out, 1), w["y_norm.weight"]).flatten(2)
    a = x + (normed * (u @ w["a_linear.weight"].T).sigmoid()) @ w["a_linear2.weight"].T
    return a + swiglu(w.of("swiglu"), rmsnorm(a, w["out_norm.weight"]))
