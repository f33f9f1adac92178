"""S ← β S − θ ∇½‖M(k) − v‖², M ← a M + (1 − a) M₀ + S, y = M(q); gradients at the chunk's start."""

import torch
from networks import titans, titans_start
from pieces import Weights, rmsnorm, silu, swiglu
from streams import model

SYSTEM = "Titans LMM"
FAMILY = "titans"
PAPER = "Behrouz et al., arXiv:2501.00663, eq. 9 to 14"
SIZES = {"vocab": 24, "d": 16, "heads": 2, "layers": 2, "chunk": 8, "target": "init"}
ALSO = ({"holds": "matrix"}, {"target": "zero"})
LEAVES_OUT = (
    "persistent tokens: what they would write is in the learned start; "
    "by default what is forgotten goes towards that start, not towards zero (`target`)"
)


def formula(w: Weights, ids: torch.Tensor, s) -> torch.Tensor:
    def layer(w, x, state, t, _):
        u = rmsnorm(x, w["u_norm.weight"])
        out, state = titans(w.of("ltm"), u, state, t, s["heads"], s["chunk"], s["target"])
        out = rmsnorm(out, w["a_rmsnorm.weight"]) * silu(u @ w["a_linear.weight"].T)
        a = x + out @ w["a_linear2.weight"].T
        return a + swiglu(w.of("swiglu"), rmsnorm(a, w["out_norm.weight"])), state

    return model(w, ids, "titans", lambda w, batch: titans_start(w, "ltm", batch), layer)
