"""A ← a A + (1 − a) A₀ − η p sign(r) |r|^(p−1), r = M(k) − v, through M at the last W = A / ‖A‖_q^(q−2)."""

import torch
from miras import scores
from pieces import Weights

SYSTEM = "Moneta"
FAMILY = "miras"
PAPER = "Behrouz et al., arXiv:2504.13173, eq. 24 and 25"
SIZES = {"vocab": 24, "d": 12, "heads": 2, "layers": 2, "chunk": 16, "most": 0.1}
LEAVES_OUT = (
    "rates and kept fractions for each channel (here: for each head); tanh for the sign, which is r / |r| "
    "with the paper's smooth |r| here; by default what is forgotten goes towards the learned start, not "
    "towards zero (`home`)"
)


def formula(w: Weights, ids: torch.Tensor) -> torch.Tensor:
    return scores(w, ids, "moneta", SIZES, surprise, seen)


def surprise(m: Weights, u: torch.Tensor, r: torch.Tensor, t: int) -> torch.Tensor:
    size = (r * r + 1e-6).sqrt()
    return 3 * (r / size) * size * size


def seen(a: torch.Tensor) -> torch.Tensor:
    return a / (a**4).sum((-2, -1), keepdim=True).sqrt()
