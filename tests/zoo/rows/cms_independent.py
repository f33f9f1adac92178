"""y = Σ softmax(w)ᵢ MLPᵢ(x): each layer reads the same input; θ ← θ − η Σ ∂loss/∂θ every C tokens."""

import torch
from pieces import Weights, rmsnorm
from streams import attended, band, level, model

SYSTEM = "CMS, independent"
FAMILY = "nested learning"
PAPER = "Behrouz et al., arXiv:2512.24695, eq. 71 and 74"
SIZES = {"vocab": 24, "d": 16, "heads": 2, "layers": 2, "fast": 4, "middle": 8, "slow": 16, "rate": 0.05}
LEAVES_OUT = "layers without a shortcut, as eq. 70 prints them (each has one here)"


def formula(w: Weights, ids: torch.Tensor) -> torch.Tensor:
    return model(w, ids, "cms_independent", lambda w, batch: {}, layer, levels)


def levels(w: Weights):
    return [
        level(w, f"band_{SIZES[name]}", SIZES[name], SIZES["rate"]) for name in ("fast", "middle", "slow")
    ]


def layer(w, x, state, t, bands):
    a, state = attended(w, x, state, t, SIZES["heads"])
    y, share = rmsnorm(a, w["out_norm.weight"]), w["out_weight.weight"].softmax(0)
    said = [part * band(weights, y) for part, weights in zip(share, bands, strict=True)]
    return a + sum(said), state
