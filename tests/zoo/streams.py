"""Whole models token by token, with levels that learn from the loss of what was read (eq. 71)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from networks import gelu
from pieces import Weights, heads, rmsnorm
from torch import Tensor
from torch.utils._pytree import tree_map

Tree = dict[str, object]


@dataclass(frozen=True)
class Level:
    """W ← W − rate · Σ ∂loss/∂W every `period` tokens; it starts again every `renew` (0: never)."""

    start: tuple[Tensor, Tensor]
    period: int
    rate: float
    renew: int = 0


Layer = Callable[[Weights, Tensor, Tree, int, Sequence[Sequence[Tensor]]], tuple[Tensor, Tree]]
"""(its parameters, x (batch, size), its state, the token's time, its levels' weights) to (y, state)."""


def level(w: Weights, name: str, period: int, rate: float, renew: int = 0) -> Level:
    return Level((w[f"{name}.init1"], w[f"{name}.init2"]), period, rate, renew)


def band(weights: Sequence[Tensor], x: Tensor) -> Tensor:
    """x + W₂ s(W₁ x) with the weights of each sequence."""
    first, second = weights
    hidden = gelu(torch.einsum("boi,bi->bo", first, x))
    return x + torch.einsum("boi,bi->bo", second, hidden)


def model(
    w: Weights,
    ids: Tensor,
    block: str,
    begin: Callable[[Weights, int], Tree],
    layer: Layer,
    levels: Callable[[Weights], list[Level]] = lambda _: [],
) -> Tensor:
    """embed |> repeat(block) |> norm |> unembed: scores (batch, tokens, vocab)."""
    parts = list(w.layers(block))
    mine = [levels(part) for part in parts]

    def token(weights: list[list[Tensor]], t: int, states: list[Tree]) -> tuple[Tensor, list[Tree]]:
        x, after, left = w["out_embed.weight"][ids[:, t]], [], list(weights)
        for part, own, state in zip(parts, mine, states, strict=True):
            x, state = layer(part, x, state, t, left[: len(own)])
            left = left[len(own) :]
            after.append(state)
        return rmsnorm(x, w["out_norm.weight"]) @ w["out_unembed.weight"].T, after

    states = [begin(part, len(ids)) for part in parts]
    return torch.stack(read(ids, [each for own in mine for each in own], states, token), 1)


def read(ids: Tensor, levels: list[Level], states: list[Tree], token: Callable) -> list[Tensor]:
    """Scores of every token; the inner gradient is a constant of the outer one (first order).

    When the fastest period is over and the next token is there, every level takes the gradient of these
    tokens' summed loss at the weights they were read with, states at their start being constants.
    """
    batch, tokens = ids.shape
    every = min((each.period for each in levels), default=tokens)
    change = [[torch.zeros_like(w).expand(batch, -1, -1) for w in each.start] for each in levels]
    open_sums, scores = [[0.0 for _ in part] for part in change], []
    for first in range(0, tokens, every):
        weights = [
            [w + d for w, d in zip(each.start, part, strict=True)]
            for each, part in zip(levels, change, strict=True)
        ]
        before = tree_map(lambda x: x.detach() if torch.is_tensor(x) else x, states)
        for t in range(first, min(first + every, tokens)):
            out, states = token(weights, t, states)
            scores.append(out)
        end = first + every
        if not levels or end >= tokens:
            continue
        at = [[w.detach().requires_grad_() for w in part] for part in weights]
        loss = torch.zeros(())
        for t in range(first, end):
            out, before = token(at, t, before)
            loss = loss - out.log_softmax(-1).gather(-1, ids[:, t + 1, None]).sum()
        found = iter(torch.autograd.grad(loss, [w for part in at for w in part]))
        for n, each in enumerate(levels):
            open_sums[n] = [total + next(found) for total in open_sums[n]]
            if end % each.period == 0:
                pairs = zip(change[n], open_sums[n], strict=True)
                change[n] = [d - each.rate * total for d, total in pairs]
                open_sums[n] = [0.0 for _ in change[n]]
            if each.renew and end % each.renew == 0:
                change[n] = [torch.zeros_like(d) for d in change[n]]
    return scores


def turned(x: Tensor, t: int) -> Tensor:
    """Rotary positions: pairs (i, i + size/2) by the angle t · 10000^(−2i/size)."""
    half = x.shape[-1] // 2
    angle = t * 10000.0 ** (-torch.arange(half, dtype=x.dtype) / half)
    a, b = x[..., :half], x[..., half:]
    return torch.cat([a * angle.cos() - b * angle.sin(), a * angle.sin() + b * angle.cos()], -1)


def pair(w: Weights, x: Tensor, t: int, count: int) -> tuple[int, Tensor, Tensor]:
    """What attention keeps of a token: its time, its key and its value."""
    key, value = x @ w["keys_linear.weight"].T, x @ w["values_linear.weight"].T
    return t, turned(heads(key, count), t), heads(value, count)


def attend(w: Weights, x: Tensor, pairs: list, t: int, count: int, window: int = 0) -> Tensor:
    """Softmax over learned pairs, which all tokens see, and the pairs of the window."""
    query = turned(heads(x @ w["queries_linear.weight"].T, count), t)
    seen = [(k, v) for time, k, v in pairs if not window or time > t - window]
    if "slot_keys" in w:
        learned = zip(w["slot_keys"].unbind(1), w["slot_values"].unbind(1), strict=True)
        seen += [(k.expand_as(query), v.expand_as(query)) for k, v in learned]
    scores = torch.stack([(query * k).sum(-1) for k, _ in seen], -1) * query.shape[-1] ** -0.5
    share = scores.softmax(-1)
    return sum(share[..., n, None] * v for n, (_, v) in enumerate(seen)).flatten(1)


def attended(w: Weights, x: Tensor, state: Tree, t: int, count: int) -> tuple[Tensor, Tree]:
    """x + attention(norm(x)) with the block of std/attention.nl, whose pairs are all of the state."""
    own, u = w.of("attention"), rmsnorm(x, w["a_norm.weight"])
    pairs = [*state.get("pairs", []), pair(own.of("attn"), u, t, count)]
    out = attend(own.of("attn"), u, pairs, t, count) @ own["out_linear.weight"].T
    return x + out, {"pairs": pairs}
