"""y = M(x) as in titans, then o = attention(y) over a window, with persistent pairs."""

import torch
from networks import titans, titans_start
from pieces import Weights, rmsnorm, silu
from streams import attend, model, pair

SYSTEM = "Titans MAL"
FAMILY = "titans"
PAPER = "Behrouz et al., arXiv:2501.00663, §4.3"
SIZES = {"vocab": 24, "d": 16, "heads": 2, "layers": 2, "chunk": 4, "window": 8, "slots": 2}
LEAVES_OUT = (
    "persistent tokens before the memory: what they would write is in its learned start; "
    "what is forgotten goes towards the learned start, not towards zero"
)


def formula(w: Weights, ids: torch.Tensor) -> torch.Tensor:
    return model(w, ids, "titans_mal", start, layer)


def start(w: Weights, batch: int):
    return {"ltm": titans_start(w, "ltm", batch), "pairs": []}


def layer(w, x, state, t, _):
    count = SIZES["heads"]
    u = rmsnorm(x, w["u_norm.weight"])
    out, ltm = titans(w.of("ltm"), u, state["ltm"], t, count, SIZES["chunk"])
    a = x + (rmsnorm(out, w["a_rmsnorm.weight"]) * silu(u @ w["a_linear.weight"].T)) @ w["a_linear2.weight"].T
    normed = rmsnorm(a, w["out_norm.weight"])
    pairs = [*state["pairs"], pair(w.of("attn"), normed, t, count)]
    out = attend(w.of("attn"), normed, pairs, t, count, SIZES["window"])
    return a + out @ w["out_linear.weight"].T, {"ltm": ltm, "pairs": pairs}
