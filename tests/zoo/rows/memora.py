"""log W ← a log W + (1 − a) log W₀ − η r, through M at the last W whose rows sum to c; r = M(k) − v"""

import torch
from miras import scores
from pieces import Weights

SYSTEM = "Memora"
FAMILY = "miras"
PAPER = "Behrouz et al., arXiv:2504.13173, eq. 27"
SIZES = {"vocab": 24, "d": 12, "heads": 2, "layers": 2, "chunk": 16, "most": 1.0, "scale": 4}
LEAVES_OUT = (
    "rates and kept fractions for each channel (here: for each head); "
    "the paper's training takes the softmax at a chunk's first token only, and a straight line from there; "
    "by default what is forgotten goes towards the learned start, not towards zero (`home`)"
)


def formula(w: Weights, ids: torch.Tensor) -> torch.Tensor:
    return scores(w, ids, "memora", SIZES, lambda m, u, r, t: r, seen)


def seen(a: torch.Tensor) -> torch.Tensor:
    weights = (a - a.amax(-1, keepdim=True)).exp()
    return SIZES["scale"] * weights / weights.sum(-1, keepdim=True)
