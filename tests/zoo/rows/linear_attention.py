"""S ← S + v φ(k)ᵀ, z ← z + φ(k), y = S φ(q) / (zᵀ φ(q) + 1e-6), φ = elu + 1."""

import torch
from pieces import Weights, fading, heads, model, rmsnorm, swiglu

SYSTEM = "Linear attention"
FAMILY = "linear memories"
PAPER = "Katharopoulos et al., arXiv:2006.16236, eq. 16 to 20"
SIZES = {"vocab": 24, "d": 16, "heads": 2, "layers": 2}
LEAVES_OUT = "norms stand before the layers, and the second layer is SwiGLU"


def formula(w: Weights, ids: torch.Tensor) -> torch.Tensor:
    return model(w, ids, "linear_attention", layer)


def layer(w: Weights, x: torch.Tensor) -> torch.Tensor:
    u = rmsnorm(x, w["u_norm.weight"])
    key, query, value = (
        heads(u @ w[f"{name}_linear.weight"].T, SIZES["heads"]) for name in ("k", "q", "sum.values")
    )
    key, query = feature(key), feature(query)
    keep = torch.ones_like(key[..., :1, None])
    answer, total = fading(keep, key, value, query), fading(keep, key, torch.ones_like(value[..., :1]), query)
    a = x + (answer / (total + 1e-6)).flatten(2) @ w["a_linear.weight"].T
    return a + swiglu(w.of("swiglu"), rmsnorm(a, w["out_norm.weight"]))


def feature(x: torch.Tensor) -> torch.Tensor:
    return torch.where(x > 0, x + 1, x.clamp(max=0).exp())
