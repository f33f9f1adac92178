"""What the rows of the Miras family share: a memory x + norm(W₂ gelu(W₁ x)), token by token.

A row says what the gradient at the prediction is, and what is seen of the state.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from pieces import Weights, apply, conv, heads, model, rmsnorm, swiglu, unit
from torch import Tensor

Surprise = Callable[[Weights, Tensor, Tensor, int], Tensor]
"""(parameters of the memory, input of it, residual M(k) − v of token t, t) to the gradient at M(k)."""


def scores(w: Weights, ids: Tensor, block: str, sizes: dict, surprise: Surprise, seen) -> Tensor:
    """The whole model: norm, memory, gated norm; then swiglu."""

    def layer(w: Weights, x: Tensor) -> Tensor:
        u = rmsnorm(x, w["u_norm.weight"])
        read = rmsnorm(memory(w.of("m"), u, sizes, surprise, seen), w["a_rmsnorm.weight"])
        a = x + (read * (u @ w["a_linear.weight"].T)) @ w["a_linear2.weight"].T
        return a + swiglu(w.of("swiglu"), rmsnorm(a, w["out_norm.weight"]))

    return model(w, ids, block, layer)


def low_rank(m: Weights, u: Tensor, name: str, bias: bool = False) -> Tensor:
    """(batch, tokens, heads), through few numbers."""
    found = u @ m[f"{name}_linear.weight"].T @ m[f"{name}_linear2.weight"].T
    return found + m[f"{name}_linear2.bias"] if bias else found


def memory(m: Weights, u: Tensor, sizes: dict, surprise: Surprise, seen) -> Tensor:
    """What is read after every write; gradients are taken at the last multiple of `chunk`."""
    count, chunk = sizes["heads"], sizes["chunk"]
    key, value, query = (
        heads(conv(u @ m[f"{role}_linear.weight"].T, m[f"{role}_conv.weight"]), count)
        for role in ("keys", "values", "queries")
    )
    key, query = unit(key), unit(query)
    rate = sizes["most"] / chunk * low_rank(m, u, "rate").sigmoid()
    keep = low_rank(m, u, "keep", bias=True).sigmoid()
    starts = [m["init1"], m["init2"]]
    state = [start.expand(len(u), *start.shape) for start in starts]
    out = []
    for t in range(u.shape[1]):
        if t % chunk == 0:
            anchor = [seen(a) for a in state]
        error = surprise(m, u, answer(anchor, key[:, t]) - value[:, t], t)
        at = [w + 0 for w in anchor]
        steps = torch.autograd.grad(answer(at, key[:, t]), at, error, create_graph=True)
        r, k = rate[:, t, :, None, None], keep[:, t, :, None, None]
        pairs = zip(state, starts, steps, strict=True)
        state = [k * a + (1 - k) * start - r * step for a, start, step in pairs]
        out.append(answer([seen(a) for a in state], query[:, t]))
    return torch.stack(out, 1).flatten(2)


def answer(weights: list[Tensor], x: Tensor) -> Tensor:
    first, second = weights
    hidden = apply(first, x)
    hidden = hidden * 0.5 * (1 + torch.erf(hidden / math.sqrt(2)))
    y = apply(second, hidden)
    y = y - y.mean(-1, keepdim=True)
    return x + y / (y.square().mean(-1, keepdim=True) + 1e-5).sqrt()
