"""What the formulas of the zoo share: parameters by name, and ordinary layers written out.

Nothing of nlc's is used here: a formula sees a dictionary of tensors and the tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Weights:
    """A model's parameters: `w["a_norm.weight"]` is one, `w.of("delta")` are those of a part."""

    tensors: Mapping[str, Tensor]
    prefix: str = ""

    def __getitem__(self, name: str) -> Tensor:
        return self.tensors[self.prefix + name]

    def __contains__(self, name: str) -> bool:
        return self.prefix + name in self.tensors

    def of(self, part: str) -> Weights:
        return Weights(self.tensors, f"{self.prefix}{part}.")

    def layers(self, block: str) -> Iterator[Weights]:
        """The parameters of every repetition of a block; a single one goes by the block's name."""
        count = len({name.split(".")[1] for name in self.tensors if name.startswith("layers.")})
        yield from (self.of(f"layers.{i}") for i in range(count)) if count else [self.of(block)]


Layer = Callable[[Weights, Tensor], Tensor]


def model(w: Weights, ids: Tensor, block: str, layer: Layer, eps: float = 1e-6) -> Tensor:
    """embed |> repeat(block) |> norm |> unembed, as the examples end: (batch, tokens) to scores."""
    x = w["out_embed.weight"][ids]
    for part in w.layers(block):
        x = layer(part, x)
    return rmsnorm(x, w["out_norm.weight"], eps) @ w["out_unembed.weight"].T


def rmsnorm(x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
    return x / (x.square().mean(-1, keepdim=True) + eps).sqrt() * weight


def unit(x: Tensor) -> Tensor:
    return x / (x.square().sum(-1, keepdim=True).sqrt() + 1e-6)


def silu(x: Tensor) -> Tensor:
    return x / (1 + (-x).exp())


def conv(x: Tensor, weight: Tensor) -> Tensor:
    """A causal convolution, channel by channel: weight (width, channels), the last row is for now."""
    width, out = len(weight), []
    for t in range(x.shape[1]):
        terms = [x[:, t - i] * weight[width - 1 - i] for i in range(min(width, t + 1))]
        out.append(sum(terms, torch.zeros_like(x[:, t])))
    return torch.stack(out, 1)


def swiglu(w: Weights, x: Tensor) -> Tensor:
    """W₃ (W₁ x ⊙ silu(W₂ x)), the block of `std/swiglu.nl`."""
    hidden = (x @ w["out_linear.weight"].T) * silu(x @ w["out_linear2.weight"].T)
    return hidden @ w["out_linear3.weight"].T


def heads(x: Tensor, count: int) -> Tensor:
    """(batch, tokens, size) to (batch, tokens, heads, size of one)."""
    return x.unflatten(-1, (count, -1))


def outer(value: Tensor, key: Tensor) -> Tensor:
    return value.unsqueeze(-1) * key.unsqueeze(-2)


def apply(matrix: Tensor, x: Tensor) -> Tensor:
    return (matrix @ x.unsqueeze(-1)).squeeze(-1)


def layernorm(x: Tensor, w: Weights, eps: float = 1e-5) -> Tensor:
    away = x - x.mean(-1, keepdim=True)
    return away / (away.square().mean(-1, keepdim=True) + eps).sqrt() * w["weight"] + w["bias"]


def rope(x: Tensor, base: float = 10000.0) -> Tensor:
    """x (batch, tokens, heads, size): xᵢ + i xᵢ₊ₛ, with s half of the size, turned by t base^(-i/s)."""
    half = x.shape[-1] // 2
    angle = torch.arange(x.shape[1])[:, None] * base ** (-torch.arange(half, dtype=x.dtype) / half)
    turned = torch.complex(x[..., :half], x[..., half:]) * torch.polar(torch.ones_like(angle), angle)[:, None]
    return torch.cat([turned.real, turned.imag], -1)


Rows = tuple[Tensor, Tensor]
"""Keys and values, (batch, rows, heads, size)."""


def attend(
    queries: Tensor, rows: Rows, sees: Callable[[int, int], bool], always: Rows | None = None
) -> Tensor:
    """What token t reads of the tokens j that it sees, and of the rows `always`; its heads end to end.

    Fewer heads of keys and values than of queries are shared by heads that follow one another.
    """
    group, out = queries.shape[2] // rows[0].shape[2], []
    for t in range(queries.shape[1]):
        seen = [j for j in range(rows[0].shape[1]) if sees(t, j)]
        near = [x[:, seen] for x in rows]
        if always is not None:
            near = [torch.cat(pair, 1) for pair in zip(always, near, strict=True)]
        key, value = (x.repeat_interleave(group, 2) for x in near)
        weight = ((queries[:, t, None] * key).sum(-1) * key.shape[-1] ** -0.5).exp()
        weight = weight / weight.sum(1, keepdim=True)
        out.append((weight[..., None] * value).sum(1))
    return torch.stack(out, 1).flatten(2)


def unit_of(x: Tensor, eps: float = 1e-6) -> Tensor:
    """x over its length as flash-linear-attention has it: eps stands under the root."""
    return x / (x.square().sum(-1, keepdim=True) + eps).sqrt()


def softplus(x: Tensor) -> Tensor:
    return (1 + x.exp()).log()


def fading(keep: Tensor, key: Tensor, value: Tensor, query: Tensor) -> Tensor:
    """M ← keep ⊙ M + v kᵀ, y = M q for every token and head.

    keep (batch, tokens, heads, values or 1, keys or 1), the others (batch, tokens, heads, size).
    """
    batch, tokens, count, size = value.shape
    state, out = value.new_zeros(batch, count, size, key.shape[-1]), []
    for t in range(tokens):
        state = keep[:, t] * state + outer(value[:, t], key[:, t])
        out.append(apply(state, query[:, t]))
    return torch.stack(out, 1)
