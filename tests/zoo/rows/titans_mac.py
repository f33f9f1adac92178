"""h = M(x) as at the segment's start, y = attention(h, x), M ← write(y), o = norm(y) ⊙ silu(norm(M(y)))."""

import torch
from networks import recall, titans, titans_start
from pieces import Weights, rmsnorm, silu
from streams import attend, model, pair

SYSTEM = "Titans MAC"
FAMILY = "titans"
PAPER = "Behrouz et al., arXiv:2501.00663, §4.1, eq. 21 to 25"
SIZES = {"vocab": 24, "d": 16, "heads": 2, "layers": 2, "segment": 8, "chunk": 4, "slots": 2}
LEAVES_OUT = (
    "h of later tokens of the segment, which are made of what comes after a token; "
    "what is forgotten goes towards the learned start, not towards zero"
)


def formula(w: Weights, ids: torch.Tensor) -> torch.Tensor:
    return model(w, ids, "titans_mac", start, layer)


def start(w: Weights, batch: int):
    return {"ltm": titans_start(w, "ltm", batch), "pairs": []}


def layer(w, x, state, t, _):
    count, ltm, pairs = SIZES["heads"], state["ltm"], state["pairs"]
    if t % SIZES["segment"] == 0:
        ltm, pairs = ltm | {"recalled": ltm["net"]}, []
    u = rmsnorm(x, w["u_norm.weight"])
    h, ltm = recall(w.of("ltm"), u, ltm, count)
    pairs = [*pairs, pair(w.of("attn"), h, t, count), pair(w.of("attn"), u, t, count)]
    y = attend(w.of("attn"), u, pairs, t, count) @ w["y_linear.weight"].T
    gate, ltm = titans(w.of("ltm"), y, ltm, t, count, SIZES["chunk"])
    out = rmsnorm(y, w["out_rmsnorm.weight"]) * silu(rmsnorm(gate, w["out_rmsnorm2.weight"]))
    return x + out @ w["out_linear.weight"].T, {"ltm": ltm, "pairs": pairs}
