"""S ← exp(−8h/H (1 − l/L)) S + v φ(k)ᵀ, y = S φ(q), φ = silu; h is the head of H, l the layer of L."""

import torch
from pieces import Weights, fading, heads, rmsnorm, silu

SYSTEM = "Lightning Attention (TransNormerLLM)"
FAMILY = "linear memories"
PAPER = "Qin et al., arXiv:2307.14995, eq. 4 to 10; arXiv:2401.04658"
SIZES = {"vocab": 24, "d": 16, "heads": 4, "layers": 3}
LEAVES_OUT = "LRPE (rope with learned angles) in the first layer; the last norm has a weight"


def formula(w: Weights, ids: torch.Tensor) -> torch.Tensor:
    x = w["out_embed.weight"][ids]
    for number, part in enumerate(w.layers("lightning")):
        x = layer(part, x, number)
    return rmsnorm(x, w["out_norm.weight"]) @ w["out_unembed.weight"].T


def layer(w: Weights, x: torch.Tensor, number: int) -> torch.Tensor:
    u, count = plain(x), SIZES["heads"]
    key, query, value = (
        heads(u @ w[f"pairs.{name}_linear.weight"].T, count) for name in ("keys", "queries", "values")
    )
    speed = 8 / count * (1 - number / SIZES["layers"]) * torch.arange(count).to(x)
    keep = (-speed).exp().expand(*x.shape[:2], count)[..., None, None]
    out = fading(keep, silu(key), value, silu(query)).flatten(2)
    a = x + (plain(out) * (u @ w["a_linear.weight"].T)) @ w["a_linear2.weight"].T
    g = plain(a)
    hidden = (g @ w["out_linear.weight"].T) * (g @ w["out_linear2.weight"].T)
    return a + hidden @ w["out_linear3.weight"].T


def plain(x: torch.Tensor) -> torch.Tensor:
    return x / (x.square().mean(-1, keepdim=True) + 1e-6).sqrt()
