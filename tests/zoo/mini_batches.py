"""What TTT-Linear and TTT-MLP share: mini-batches of a sequence, and the norm around a small network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from pieces import Weights, heads, rope
from torch import Tensor

EPS = 1e-6
Parameters = tuple[Tensor, ...]


@dataclass(frozen=True)
class Network:
    """(parameters, x) to z; and (parameters, x, ∂loss/∂z) to a gradient by each parameter."""

    forward: Callable[[Parameters, Tensor], Tensor]
    backward: Callable[[Parameters, Tensor, Tensor], Parameters]


def normalized(z: Tensor, eps: float = EPS) -> tuple[Tensor, Tensor]:
    """Layer norm without weights, and the deviation that it divided by."""
    std = (z.var(-1, keepdim=True, unbiased=False) + eps).sqrt()
    return (z - z.mean(-1, keepdim=True)) / std, std


def error(z: Tensor, target: Tensor, gain: Tensor, shift: Tensor) -> Tensor:
    """∂ ½‖LN(z) − target‖² / ∂z, as ttt.py writes it (`ln_fused_l2_bwd`)."""
    normal, std = normalized(z)
    g = (gain * normal + shift - target) * gain
    size = z.shape[-1]
    inner = size * g - g.sum(-1, keepdim=True) - normal * (g * normal).sum(-1, keepdim=True)
    return inner / (size * std)


def trained(
    w: Weights, u: Tensor, network: Network, start: Parameters, *, base: float, chunk: int, count: int
) -> Tensor:
    """What the network of each head answers while it is trained on (k, v − k), mini-batch by mini-batch.

    Token t of a mini-batch sees the gradients of its tokens 1 to t, each by its own rate, times factor t.
    """
    m = w.of("fast")
    key, value, query = (
        heads(u @ m[f"{role}_linear.weight"].T, count) for role in ("keys", "values", "queries")
    )
    key, query = (
        torch.cat([rope(part) for part in stream.split(chunk, dim=1)], 1) for stream in (key, query)
    )
    rate = (u @ m["rate_linear.weight"].T + m["rate_linear.bias"]).sigmoid() * base / key.shape[-1]
    factor = 1 / torch.arange(1, chunk + 1, dtype=u.dtype) + w["factor_weight.weight"]
    gain, shift = m["scale"][:, 0], m["shift"][:, 0]
    now, out = tuple(x.expand(len(u), *x.shape) for x in start), []
    anchor, sums = now, tuple(torch.zeros_like(x) for x in now)
    for t in range(u.shape[1]):
        if t % chunk == 0:
            anchor, sums = now, tuple(torch.zeros_like(x) for x in now)
        k, v = key[:, t], value[:, t]
        gradients = network.backward(anchor, k, error(network.forward(anchor, k), v - k, gain, shift))
        sums = tuple(
            s + rate[:, t].reshape(*rate[:, t].shape, *[1] * (g.dim() - 2)) * g
            for s, g in zip(sums, gradients, strict=True)
        )
        now = tuple(a - factor[t % chunk] * s for a, s in zip(anchor, sums, strict=True))
        normal, _ = normalized(network.forward(now, query[:, t]))
        out.append(query[:, t] + gain * normal + shift)
    return torch.stack(out, 1).flatten(2)
