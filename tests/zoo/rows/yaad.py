"""W ← a W + (1 − a) W₀ − η (r where ‖r‖ < δ, else δ sign(r)), through M at the last W; r = M(k) − v"""

import torch
from miras import low_rank, scores
from pieces import Weights, softplus

SYSTEM = "Yaad"
FAMILY = "miras"
PAPER = "Behrouz et al., arXiv:2504.13173, eq. 26"
SIZES = {"vocab": 24, "d": 12, "heads": 4, "layers": 2, "chunk": 16, "most": 1.0}
LEAVES_OUT = (
    "rates, kept fractions and distances for each channel (here: for each head); "
    "by default what is forgotten goes towards the learned start, not towards zero (`home`)"
)


def formula(w: Weights, ids: torch.Tensor) -> torch.Tensor:
    return scores(w, ids, "yaad", SIZES, surprise, lambda a: a)


def surprise(m: Weights, u: torch.Tensor, r: torch.Tensor, t: int) -> torch.Tensor:
    far = softplus(low_rank(m, u, "delta"))[:, t].unsqueeze(-1)
    return torch.where(r.square().sum(-1, keepdim=True).sqrt() < far, r, far * torch.sign(r))
