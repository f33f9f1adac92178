"""o = norm(attention(x)) ⊙ silu(norm(M(x))): a window with persistent pairs, gated by the memory."""

import torch
from networks import titans, titans_start
from pieces import Weights, rmsnorm, silu, swiglu
from streams import attend, model, pair

SYSTEM = "Titans MAG"
FAMILY = "titans"
PAPER = "Behrouz et al., arXiv:2501.00663, §4.2"
SIZES = {"vocab": 24, "d": 16, "heads": 2, "layers": 2, "chunk": 4, "window": 8, "slots": 2}
LEAVES_OUT = (
    "persistent tokens before the memory: what they would write is in its learned start; "
    "what is forgotten goes towards the learned start, not towards zero"
)


def formula(w: Weights, ids: torch.Tensor) -> torch.Tensor:
    return model(w, ids, "titans_mag", start, layer)


def start(w: Weights, batch: int):
    return {"ltm": titans_start(w, "ltm", batch), "pairs": []}


def layer(w, x, state, t, _):
    count = SIZES["heads"]
    u = rmsnorm(x, w["u_norm.weight"])
    gate, ltm = titans(w.of("ltm"), u, state["ltm"], t, count, SIZES["chunk"])
    pairs = [*state["pairs"], pair(w.of("attn"), u, t, count)]
    out = attend(w.of("attn"), u, pairs, t, count, SIZES["window"])
    out = rmsnorm(out, w["a_rmsnorm.weight"]) * silu(rmsnorm(gate, w["a_rmsnorm2.weight"]))
    a = x + out @ w["a_linear.weight"].T
    return a + swiglu(w.of("swiglu"), rmsnorm(a, w["out_norm.weight"])), {"ltm": ltm, "pairs": pairs}
