"""As CMS, and θ_fast ← its learned start whenever the next slower layer has landed."""

import torch
from pieces import Weights, rmsnorm
from streams import attended, band, level, model

SYSTEM = "CMS, nested"
FAMILY = "nested learning"
PAPER = "Behrouz et al., arXiv:2512.24695, eq. 70 to 72"
SIZES = {"vocab": 24, "d": 16, "heads": 2, "layers": 2, "fast": 4, "middle": 8, "slow": 32, "rate": 0.05}
LEAVES_OUT = (
    "a start that is learned by the slower level itself: the model's optimizer learns all of them; "
    "layers without a shortcut, as eq. 70 prints them (each has one here)"
)
TOKENS = 37


def formula(w: Weights, ids: torch.Tensor) -> torch.Tensor:
    return model(w, ids, "cms_nested", lambda w, batch: {}, layer, levels)


def levels(w: Weights):
    s = SIZES
    return [
        level(w, "quick", s["fast"], s["rate"], renew=s["middle"]),
        level(w, "steady", s["middle"], s["rate"], renew=s["slow"]),
        level(w, "last", s["slow"], s["rate"]),
    ]


def layer(w, x, state, t, bands):
    a, state = attended(w, x, state, t, SIZES["heads"])
    y = rmsnorm(a, w["out_norm.weight"])
    for weights in bands:
        y = band(weights, y)
    return a + y, state
