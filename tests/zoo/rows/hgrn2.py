"""S ← S diag(f) + v (1 − f)ᵀ, y = S q; f = b + (1 − b) σ(W x), b of layer l is Σ_{1 ≤ i ≤ l} softmax(γ)ᵢ."""

import torch
from pieces import Weights, fading, heads, rmsnorm, silu, swiglu

SYSTEM = "HGRN2"
FAMILY = "linear memories"
PAPER = "Qin et al., arXiv:2404.07904, eq. 5 to 9; flash-linear-attention, hgrn2.py"
SIZES = {"vocab": 24, "d": 16, "heads": 2, "layers": 3}
LEAVES_OUT = "the scale of queries in flash-linear-attention, which the norm of the output takes away"


def formula(w: Weights, ids: torch.Tensor) -> torch.Tensor:
    x = w["out_embed.weight"][ids]
    shares = w["shares_weight.weight"].view(SIZES["d"], SIZES["layers"]).softmax(-1)
    bounds = shares.cumsum(-1) - shares[:, :1]
    for number, part in enumerate(w.layers("hgrn2")):
        x = layer(part, x, bounds[:, number])
    return rmsnorm(x, w["out_norm.weight"]) @ w["out_unembed.weight"].T


def layer(w: Weights, x: torch.Tensor, bound: torch.Tensor) -> torch.Tensor:
    u, count, m = rmsnorm(x, w["a_norm.weight"]), SIZES["heads"], w.of("pairs")
    kept = heads(bound + (1 - bound) * (u @ m["f_linear.weight"].T).sigmoid(), count)
    value, query = (heads(u @ m[f"{name}_linear.weight"].T, count) for name in ("values", "queries"))
    out = fading(kept.unsqueeze(-2), 1 - kept, value, silu(query)).flatten(2)
    a = x + rmsnorm(out, w["a_norm2.weight"]) @ w["a_linear.weight"].T
    return a + swiglu(w.of("swiglu"), rmsnorm(a, w["out_norm.weight"]))
