"""ℓ = −⟨M(k), v⟩, M(z) = z + LN(W₂ gelu(W₁z));  Wₜ = αₜ Wₜ₋₁ + (1 − αₜ) W₀ − ηₜ ∇ℓ(Ŵ; kₜ, vₜ).

The answer is M(q) at Wₜ. Ŵ is W where the chunk began. With `to=zero` the term of W₀ is absent.
"""

import torch
from mini_batches import normalized
from pieces import Weights, apply, conv, heads, model, outer, rmsnorm, swiglu, unit

SYSTEM = "DLA (deep linear attention)"
FAMILY = "miras"
PAPER = "arXiv:2505.23735 (Atlas) and arXiv:2504.13173 (Miras): dot objective, deep memory, kept fraction"
SIZES = {"vocab": 24, "d": 12, "layers": 2, "heads": 2, "chunk": 16}
TOKENS = 37
LEAVES_OUT = (
    "rates and kept fractions for each channel from low-rank projections (one a head here); "
    "what is forgotten goes towards the learned start by default, not towards zero"
)


def formula(w: Weights, ids: torch.Tensor) -> torch.Tensor:
    return model(w, ids, "dla", block)


def block(w: Weights, x: torch.Tensor) -> torch.Tensor:
    u = rmsnorm(x, w["u_norm.weight"])
    y = rmsnorm(memory(w.of("deep"), u), w["a_rmsnorm.weight"])
    a = x + (y * (u @ w["a_linear.weight"].T)) @ w["a_linear2.weight"].T
    return a + swiglu(w.of("swiglu"), rmsnorm(a, w["out_norm.weight"]))


def memory(m: Weights, u: torch.Tensor) -> torch.Tensor:
    key, value, query = (
        heads(conv(u @ m[f"{role}_linear.weight"].T, m[f"{role}_conv.weight"]), SIZES["heads"])
        for role in ("keys", "values", "queries")
    )
    key, query = unit(key), unit(query)
    rate = (u @ m["rate_linear.weight"].T).sigmoid() / SIZES["chunk"]
    keep = (u @ m["keep_linear.weight"].T + m["keep_linear.bias"]).sigmoid()
    start = [m[name].expand(len(u), -1, -1, -1) for name in ("init1", "init2")]
    now, anchor, out = start, start, []
    for t in range(u.shape[1]):
        if t % SIZES["chunk"] == 0:
            anchor = now
        a, b = keep[:, t, :, None, None], rate[:, t, :, None, None]
        gradients = gradient(anchor, key[:, t], value[:, t])
        now = [a * w + (1 - a) * w0 - b * g for w, w0, g in zip(now, start, gradients, strict=True)]
        q = query[:, t]
        normal, _ = normalized(apply(now[1], gelu(apply(now[0], q))), 1e-5)
        out.append(q + normal)
    return torch.stack(out, 1).flatten(2)


def gradient(weights: list[torch.Tensor], k: torch.Tensor, v: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """∂ −⟨k + LN(W₂ gelu(W₁k)), v⟩ by W₁ and W₂."""
    first, second = weights
    z = apply(first, k)
    normal, std = normalized(apply(second, gelu(z)), 1e-5)
    e2 = -(v - v.mean(-1, keepdim=True) - normal * (v * normal).mean(-1, keepdim=True)) / std
    density = (-0.5 * z * z).exp() / (2 * torch.pi) ** 0.5
    e1 = apply(second.mT, e2) * (0.5 * (1 + torch.erf(z / 2**0.5)) + z * density)
    return outer(e1, k), outer(e2, gelu(z))


def gelu(z: torch.Tensor) -> torch.Tensor:
    return 0.5 * z * (1 + torch.erf(z / 2**0.5))
