"""Self-modifying Titans, then a CMS of two levels: θ ← θ − η Σ ∂loss/∂θ every C and every 2 C tokens."""

import torch
from networks import modifying, modifying_start, shifted
from pieces import Weights, rmsnorm, silu
from streams import band, level, model

SYSTEM = "Hope"
FAMILY = "nested learning"
PAPER = "Behrouz et al., arXiv:2512.24695, eq. 83 to 97"
SIZES = {
    "vocab": 24,
    "d": 16,
    "heads": 2,
    "layers": 2,
    "chunk": 4,
    "slow": 8,
    "inner": "l2",
    "erase": "layers",
    "beta": 0.0,
    "target": "init",
    "fast": 0.5,
}
ALSO = ({"layers": 1, "inner": "dot", "erase": "last", "beta": 0.9, "target": "zero"},)
LEAVES_OUT = (
    "targets asked for at the values as they are made (here at unit values); by default what is forgotten "
    "goes towards the learned start, not towards zero (`target`); "
    "layers of the CMS without a shortcut, as eq. 70 prints them (each has one here)"
)


def formula(w: Weights, ids: torch.Tensor, settings) -> torch.Tensor:
    def layer(w, x, state, t, bands):
        u, past = shifted(rmsnorm(x, w["u_norm.weight"]), state["conv"], w["u_conv.weight"])
        y, state = modifying(w, u, state | {"conv": past}, t, settings, "y_linear.weight")
        out = rmsnorm(y, w["a_rmsnorm.weight"]) * silu(u @ w["a_linear.weight"].T)
        a = x + out @ w["a_linear2.weight"].T
        return a + band(bands[1], band(bands[0], rmsnorm(a, w["out_norm.weight"]))), state

    return model(w, ids, "hope", modifying_start, layer, levels)


def levels(w: Weights):
    return [level(w, f"cms.band_{period}", period, 1e-3) for period in (SIZES["slow"], 2 * SIZES["slow"])]
