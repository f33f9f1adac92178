"""Model `lm`. Written by nlc 0.1.0 from spec c1c7b1cf495fea86: edit the spec, not this file."""

import torch

from .model import Lm
from .state import State

SPEC = {
    "name": "lm",
    "kind": "model",
    "vocab": 256,
    "semantic_hash": "c1c7b1cf495fea86efe5140b8b3290045e4be6e7348a6d2defb4bedfbfe9f2db",
    "parameters": 398208,
}


def build():
    """A fresh `Lm`; its parameters come from torch's own random numbers."""
    return Lm()


def optimizer(model):
    """AdamW over the slow memories; `every` is the number of steps whose gradients one update sums.

    Weight decay is for matrices that are no memory's first state: vectors, tables and starts keep
    their size.
    """
    groups = {}
    for name, parameter in model.named_parameters():
        every = next((n for path, n in EVERY.items() if f".{path}." in f".{name}"), 1)
        plain = parameter.dim() == 2 and "init" not in name and "embed" not in name
        groups.setdefault((every, plain), []).append(parameter)
    return torch.optim.AdamW(
        [
            {"params": group, "every": every, "weight_decay": 0.1 if plain else 0.0}
            for (every, plain), group in groups.items()
        ],
        lr=0.002,
        betas=(0.9, 0.95),
        eps=1e-08,
    )


EVERY = {}
"""Memories that the model's optimizer writes less often than at every step."""

__all__ = ["SPEC", "State", "Lm", "build", "optimizer"]
