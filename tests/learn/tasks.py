"""Two tasks that tell memories apart: what is read, what is to be said, and where it counts."""

from __future__ import annotations

import torch
from torch import Tensor

Batch = tuple[Tensor, Tensor, Tensor]
"""ids (batch, tokens), targets (batch, tokens), and where a target counts (batch, tokens)."""


def parity(batch: int, tokens: int, chance: torch.Generator) -> Batch:
    """Bits; after each one, whether the ones so far are odd in number."""
    ids = torch.randint(0, 2, (batch, tokens), generator=chance)
    return ids, ids.cumsum(1) % 2, torch.ones_like(ids, dtype=torch.bool)


def overwriting(batch: int, pairs: int, chance: torch.Generator, vocab: int = 64, keys: int = 8) -> Batch:
    """`pairs` pairs of a key and a value, then every key that was named: its last value is to be said.

    Keys are ids below `keys` and come again with other values (forgetting MQAR); a query is a key
    moved up by `keys`, and everything above 2 · `keys` is a value.
    """
    key = torch.randint(0, keys, (batch, pairs), generator=chance)
    value = torch.randint(2 * keys, vocab, (batch, pairs), generator=chance)
    seen = key.unsqueeze(-1) == torch.arange(keys)
    last = (seen * torch.arange(1, pairs + 1).view(1, -1, 1)).amax(1)
    answer = value.gather(1, (last - 1).clamp(min=0))
    ids = torch.stack([key, value], -1).flatten(1)
    asked = torch.arange(keys, 2 * keys).expand(batch, -1)
    targets = torch.cat([torch.zeros_like(ids), answer], 1)
    counts = torch.cat([torch.zeros_like(ids, dtype=torch.bool), last > 0], 1)
    return torch.cat([ids, asked], 1), targets, counts
