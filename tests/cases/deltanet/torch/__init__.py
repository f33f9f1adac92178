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

    Weight decay is for the matrices of ordinary layers: vectors, tables and the first states of
    memories keep their size. AdamW itself steps every group each time: a loop that means `every`
    steps a group, and clears its gradients, only then (`nlc train` does).
    """
    groups = {}
    for module in model.modules():
        layer = isinstance(module, torch.nn.Linear) or hasattr(module, "every")
        every = getattr(module, "every", 1)
        for parameter in module.parameters(recurse=False):
            groups.setdefault((every, layer and parameter.dim() == 2), []).append(parameter)
    return torch.optim.AdamW(
        [
            {"params": group, "every": every, "weight_decay": 0.1 if decays else 0.0}
            for (every, decays), group in groups.items()
        ],
        lr=0.002,
        betas=(0.9, 0.95),
        eps=1e-08,
    )


__all__ = ["SPEC", "State", "Lm", "build", "optimizer"]
