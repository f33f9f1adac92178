"""S ← S diag(α) + v kᵀ, y = S q, α = sigmoid(W₂ W₁ x + b)^(1/16) for every channel of the key."""

import torch
from pieces import Weights, fading, heads, model, rmsnorm, silu, swiglu

SYSTEM = "GLA"
FAMILY = "linear memories"
PAPER = "Yang et al., arXiv:2312.06635, eq. 3 and section 4.4"
SIZES = {"vocab": 24, "d": 16, "heads": 2, "layers": 2, "rank": 3}
LEAVES_OUT = ""


def formula(w: Weights, ids: torch.Tensor) -> torch.Tensor:
    return model(w, ids, "gla", layer)


def layer(w: Weights, x: torch.Tensor) -> torch.Tensor:
    u, count, m = rmsnorm(x, w["u_norm.weight"]), SIZES["heads"], w.of("pairs")
    key, query, value = (
        heads(u @ m[f"{name}_linear.weight"].T, count) for name in ("keys", "queries", "values")
    )
    gate = u @ m["keep_linear.weight"].T @ m["keep_linear2.weight"].T + m["keep_linear2.bias"]
    keep = heads(gate.sigmoid() ** (1 / 16), count).unsqueeze(-2)
    out = rmsnorm(fading(keep, key, value, query * key.shape[-1] ** -0.5), w["y_norm.weight"])
    a = x + (out.flatten(2) * silu(u @ w["a_linear.weight"].T)) @ w["a_linear2.weight"].T
    return a + swiglu(w.of("swiglu"), rmsnorm(a, w["out_norm.weight"]))
