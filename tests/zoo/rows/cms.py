"""y = MLP_slow(MLP_middle(MLP_fast(x))); θ ← θ − η Σ ∂loss/∂θ of each one's last C tokens, every C tokens."""

import torch
from pieces import Weights, rmsnorm
from streams import attended, band, level, model

SYSTEM = "CMS, sequential"
FAMILY = "nested learning"
PAPER = "Behrouz et al., arXiv:2512.24695, eq. 70, 71 and 73"
SIZES = {"vocab": 24, "d": 16, "heads": 2, "layers": 2, "fast": 8, "middle": 16, "slow": 32, "rate": 0.05}
LEAVES_OUT = "layers without a shortcut, as eq. 70 prints them (each has one here)"
TOKENS = 37


def formula(w: Weights, ids: torch.Tensor) -> torch.Tensor:
    return model(w, ids, "hope_attention", lambda w, batch: {}, layer, levels)


def levels(w: Weights):
    return [
        level(w, f"band_{SIZES[name]}", SIZES[name], SIZES["rate"]) for name in ("fast", "middle", "slow")
    ]


def layer(w, x, state, t, bands):
    a, state = attended(w, x, state, t, SIZES["heads"])
    y = rmsnorm(a, w["out_norm.weight"])
    for weights in bands:
        y = band(weights, y)
    return a + y, state
