"""y = G (H + Λ)⁻¹ q, with H = Σᵢ cᵢ kᵢ kᵢᵀ, G = Σᵢ cᵢ vᵢ kᵢᵀ, cᵢ = βᵢ γᵢ₊₁ … γₜ."""

import torch
from pieces import Weights, apply, conv, heads, model, rmsnorm, silu, swiglu, unit

SYSTEM = "MesaNet"
FAMILY = "linear memories"
PAPER = "von Oswald et al., arXiv:2506.05233, eq. 6 to 9; arXiv:2309.05858"
SIZES = {"vocab": 24, "d": 16, "heads": 2, "layers": 2}
LEAVES_OUT = "conjugate gradients in place of the exact solution, which the authors' kernel takes for speed"
TOKENS = 35


def formula(w: Weights, ids: torch.Tensor) -> torch.Tensor:
    return model(w, ids, "mesa", layer)


def layer(w: Weights, x: torch.Tensor) -> torch.Tensor:
    y = rmsnorm(mixer(w.of("fit"), rmsnorm(x, w["a_norm.weight"])), w["a_norm2.weight"]).flatten(2)
    a = x + y @ w["a_linear.weight"].T
    return a + swiglu(w.of("swiglu"), rmsnorm(a, w["out_norm.weight"]))


def mixer(m: Weights, u: torch.Tensor) -> torch.Tensor:
    count = SIZES["heads"]
    key, query = (
        unit(heads(silu(conv(u @ m[f"{role}_linear.weight"].T, m[f"{role}_conv.weight"])), count))
        for role in ("keys", "queries")
    )
    value = heads(u @ m["values_linear.weight"].T, count)
    strength = (u @ m["rate_linear.weight"].T + m["rate_linear.bias"]).sigmoid()
    kept = (u @ m["keep_linear.weight"].T + m["keep_linear.bias"]).sigmoid()
    ridge = torch.diag_embed(heads(0.25 + (1 + m["ridge_weight.weight"].exp()).log(), count))
    out = []
    for t in range(u.shape[1]):
        # What the pairs count at token t, from the last to the first.
        faded = torch.stack([kept[:, i + 1 : t + 1].prod(1) for i in range(t + 1)], 1)
        counts = strength[:, : t + 1] * faded
        gram, cross = (
            torch.einsum("bth,btho,bthi->bhoi", counts, x[:, : t + 1], key[:, : t + 1]) for x in (key, value)
        )
        out.append(apply(cross, apply((gram + ridge).inverse(), query[:, t])))
    return torch.stack(out, 1)
