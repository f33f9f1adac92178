"""Published recurrences, one token at a time, written from the papers: (B, T, H, size) streams."""

import torch


def outer(value, key):
    return value.unsqueeze(-1) * key.unsqueeze(-2)


def apply(weight, x):
    return (weight @ x.unsqueeze(-1)).squeeze(-1)


def zeros(keys, values):
    return keys.new_zeros(keys.shape[0], keys.shape[2], values.shape[-1], keys.shape[-1])


def linear_attention(keys, values, queries):
    """M ← M + v kᵀ."""
    state, out = zeros(keys, values), []
    for t in range(keys.shape[1]):
        state = state + outer(values[:, t], keys[:, t])
        out.append(apply(state, queries[:, t]))
    return torch.stack(out, 1), state


def delta_net(keys, values, queries, rate):
    """M ← M (I - β k kᵀ) + β v kᵀ."""
    return gated_delta_net(keys, values, queries, rate, torch.ones_like(rate))


def gated_delta_net(keys, values, queries, rate, keep):
    """M ← α M (I - β k kᵀ) + β v kᵀ."""
    state, out = zeros(keys, values), []
    eye = torch.eye(keys.shape[-1], dtype=keys.dtype)
    for t in range(keys.shape[1]):
        k, b, a = keys[:, t], rate[:, t, :, None, None], keep[:, t, :, None, None]
        state = a * state @ (eye - b * outer(k, k)) + b * outer(values[:, t], k)
        out.append(apply(state, queries[:, t]))
    return torch.stack(out, 1), state


def titans(keys, values, queries, rate, beta, keep):
    """S ← β S - θ ∇½‖M k - v‖²; M ← α M + S."""
    state, surprise, out = zeros(keys, values), zeros(keys, values), []
    for t in range(keys.shape[1]):
        r, b, a = (x[:, t, :, None, None] for x in (rate, beta, keep))
        error = apply(state, keys[:, t]) - values[:, t]
        surprise = b * surprise - r * outer(error, keys[:, t])
        state = a * state + surprise
        out.append(apply(state, queries[:, t]))
    return torch.stack(out, 1), state


def hope(first, second, keys, values, queries, rate, keep):
    """One chunk of x + W₂ gelu(W₁ x), frozen at its start: W ← α W - η W x xᵀ - η ∇, x normalized inside."""
    gelu = torch.nn.functional.gelu
    frozen1, frozen2, out = first, second, []
    for t in range(keys.shape[1]):
        k, q, r, a = keys[:, t], queries[:, t], rate[:, t, :, None, None], keep[:, t, :, None, None]
        z = apply(frozen1, k)
        h = gelu(z)
        error = k + apply(frozen2, h) - values[:, t]
        slope = torch.special.ndtr(z) + z * torch.exp(-z * z / 2) / (2 * torch.pi) ** 0.5
        back = apply(frozen2.mT, error) * slope
        unit = h / (h.norm(dim=-1, keepdim=True) + 1e-6)
        first = a * first - r * first @ outer(k, k) - r * outer(back, k)
        second = a * second - r * second @ outer(unit, unit) - r * outer(error, h)
        out.append(q + apply(frozen2, gelu(apply(frozen1, q))))
    return torch.stack(out, 1), first, second
