"""M ← a M + (1 − a) M₀ − η M x xᵀ − η ∇½‖M(k) − M(v)‖² for M itself and for those that make k, v, η, a."""

import torch
from networks import modifying, modifying_start, shifted
from pieces import Weights, rmsnorm, silu
from streams import model

SYSTEM = "Self-modifying Titans"
FAMILY = "nested learning"
PAPER = "Behrouz et al., arXiv:2512.24695, eq. 83 to 93"
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
    "adaptive": 0,
    "fast": 0.5,
}
ALSO = (
    {"layers": 1, "adaptive": 1, "beta": 0.9},
    {"layers": 1, "inner": "dot", "erase": "last", "beta": 0.9},
    {"layers": 1, "erase": "none", "target": "zero"},
)
LEAVES_OUT = (
    "targets asked for at the values as they are made (here at unit values); by default what is forgotten "
    "goes towards the learned start, not towards zero (`target`)"
)


def formula(w: Weights, ids: torch.Tensor, settings) -> torch.Tensor:
    def layer(w, x, state, t, _):
        u, past = shifted(rmsnorm(x, w["u_norm.weight"]), state["conv"], w["u_conv.weight"])
        y, state = modifying(w, u, state | {"conv": past}, t, settings, "y_linear.weight")
        out = rmsnorm(y, w["out_rmsnorm.weight"]) * silu(u @ w["out_linear.weight"].T)
        return x + out @ w["out_linear2.weight"].T, state

    return model(w, ids, "self_modifying", modifying_start, layer)
