"""y = W₃ (silu(W₁ x) ⊙ W₂ x) after attention; θ ← θ − η Σ ∂loss/∂θ of the last C tokens, every C tokens."""

import torch
from pieces import Weights, heads, rmsnorm, silu
from streams import Level, attend, read, turned

SYSTEM = "Hope from a Transformer, by ad-hoc level stacking"
FAMILY = "nested learning"
PAPER = "Behrouz et al., arXiv:2512.24695, eq. 71 and section 7.3; Touvron et al., arXiv:2302.13971"
SIZES = {
    "vocab": 24,
    "d": 16,
    "hidden": 24,
    "heads": 4,
    "kv_heads": 2,
    "layers1": 2,
    "layers2": 1,
    "fast": 8,
    "slow": 32,
    "rate": 0.05,
    "eps": 1e-5,
}
LEAVES_OUT = ""
TOKENS = 37


def formula(w: Weights, ids: torch.Tensor) -> torch.Tensor:
    parts = [w.of("layers.0"), w.of("layers.1"), w.of("llama")]
    periods = [SIZES["fast"], SIZES["fast"], SIZES["slow"]]
    levels = [
        Level((p["ffn.init1"], p["ffn.init2"], p["ffn.init3"]), period, SIZES["rate"])
        for p, period in zip(parts, periods, strict=True)
    ]

    def token(weights, t, states):
        x, after = w["x_embed.weight"][ids[:, t]], []
        for part, own, state in zip(parts, weights, states, strict=True):
            x, state = layer(part, x, state, t, own)
            after.append(state)
        return rmsnorm(x, w["out_norm.weight"], SIZES["eps"]) @ w["out_unembed.weight"].T, after

    return torch.stack(read(ids, levels, [{"pairs": []} for _ in parts], token), 1)


def layer(w, x, state, t, weights):
    m, u = w.of("attn"), rmsnorm(x, w["u_norm.weight"], SIZES["eps"])
    key, value = (heads(u @ m[f"{role}_linear.weight"].T, SIZES["kv_heads"]) for role in ("keys", "values"))
    shared = SIZES["heads"] // SIZES["kv_heads"]
    new = t, turned(key, t).repeat_interleave(shared, 1), value.repeat_interleave(shared, 1)
    pairs = [*state["pairs"], new]
    a = x + attend(m, u, pairs, t, SIZES["heads"]) @ w["a_linear.weight"].T
    return a + gated(weights, rmsnorm(a, w["out_norm.weight"], SIZES["eps"])), {"pairs": pairs}


def gated(weights, x):
    gate, up, down = (lambda y, m=m: torch.einsum("boi,bi->bo", m, y) for m in weights)
    return down(silu(gate(x)) * up(x))
