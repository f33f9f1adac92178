"""S ← (1 − 2^(−5−h)) S + v kᵀ, y = S q, with keys and queries turned by their position."""

import torch
from pieces import Weights, fading, heads, model, rmsnorm, rope, silu

SYSTEM = "RetNet"
FAMILY = "linear memories"
PAPER = "Sun et al., arXiv:2307.08621, eq. 5 to 8; flash-linear-attention, multiscale_retention.py"
SIZES = {"vocab": 24, "d": 16, "heads": 2, "layers": 2}
LEAVES_OUT = "xPos' scales of keys and queries, as the authors' own code leaves them out"


def formula(w: Weights, ids: torch.Tensor) -> torch.Tensor:
    return model(w, ids, "retnet", layer)


def layer(w: Weights, x: torch.Tensor) -> torch.Tensor:
    u, count = rmsnorm(x, w["u_norm.weight"]), SIZES["heads"]
    key, query, value = (
        heads(u @ w[f"pairs.{name}_linear.weight"].T, count) for name in ("keys", "queries", "values")
    )
    key, query = rope(key) * key.shape[-1] ** -0.5, rope(query)
    keep = 1 - 2.0 ** (-5 - torch.arange(count).to(u))
    out = fading(keep.expand(*x.shape[:2], count)[..., None, None], key, value, query)
    gate = silu(u @ w["a_linear.weight"].T)
    a = x + (rmsnorm(out, w["y_norm.weight"]).flatten(2) * gate) @ w["a_linear2.weight"].T
    hidden = rmsnorm(a, w["out_norm.weight"]) @ w["out_linear.weight"].T
    return a + (hidden * (1 + torch.erf(hidden / 2**0.5)) / 2) @ w["out_linear2.weight"].T
