"""y = CMS(attention(x)): two levels, θ ← θ − η Σ ∂loss/∂θ every C and every 2 C tokens."""

import torch
from pieces import Weights, rmsnorm
from streams import attended, band, level, model

SYSTEM = "Hope-Attention"
FAMILY = "nested learning"
PAPER = "Behrouz et al., arXiv:2512.24695, §8.3"
SIZES = {"vocab": 24, "d": 16, "heads": 2, "layers": 2, "land": 8, "rate": 0.05}
LEAVES_OUT = "layers without a shortcut, as eq. 70 prints them (each has one here)"


def formula(w: Weights, ids: torch.Tensor) -> torch.Tensor:
    return model(w, ids, "hope_attention", lambda w, batch: {}, layer, levels)


def levels(w: Weights):
    land, rate = SIZES["land"], SIZES["rate"]
    return [level(w, f"cms.band_{period}", period, rate) for period in (land, 2 * land)]


def layer(w, x, state, t, bands):
    a, state = attended(w, x, state, t, SIZES["heads"])
    return a + band(bands[1], band(bands[0], rmsnorm(a, w["out_norm.weight"]))), state
