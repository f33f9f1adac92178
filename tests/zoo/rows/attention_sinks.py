"""y = Σ softmax(⟨q, k⟩/√n) v over the first tokens, the last `window`, and learned pairs of each head."""

import torch
from pieces import Weights, attend, heads, model, rmsnorm, rope, swiglu

SYSTEM = "Attention sinks and persistent memory"
FAMILY = "attention"
PAPER = "Xiao et al. (StreamingLLM), arXiv:2309.17453, section 3.2; Sukhbaatar et al., arXiv:1907.01470"
SIZES = {"vocab": 24, "d": 16, "heads": 2, "layers": 2, "window": 16, "sinks": 3}
LEAVES_OUT = "keys turned by their place in the cache: here it is their place in the stream"
TOKENS = 40


def formula(w: Weights, ids: torch.Tensor) -> torch.Tensor:
    return model(w, ids, "attention_sinks", layer)


def layer(w: Weights, x: torch.Tensor) -> torch.Tensor:
    u = rmsnorm(x, w["a_norm.weight"])
    query, key, value = (
        heads(u @ w[f"attn.{role}_linear.weight"].T, 2) for role in ("queries", "keys", "values")
    )
    learned = (
        w[f"attn.slot_{part}"].transpose(0, 1).expand(len(x), -1, -1, -1) for part in ("keys", "values")
    )
    y = attend(rope(query), (rope(key), value), sees, (next(learned), next(learned)))
    a = x + y @ w["a_linear.weight"].T
    return a + swiglu(w.of("swiglu"), rmsnorm(a, w["out_norm.weight"]))


def sees(t: int, j: int) -> bool:
    return j <= t and (j > t - SIZES["window"] or j < SIZES["sinks"])
