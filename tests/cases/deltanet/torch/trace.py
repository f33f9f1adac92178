"""What every memory does at every token: the reference writes it down while it runs."""

from collections import Counter
from contextlib import contextmanager
from contextvars import ContextVar

import torch

MEMORIES = {
    "DeltanetDelta": ("delta", 4, 1, 0),
}
"""Class: name in the spec, heads, tokens between landings, tokens between new starts (0: never)."""
_notes = ContextVar("notes", default=None)


def note(memory, **what):
    """What `memory` does at this token, for the trace that is being made, if there is one.

    loss (batch, heads, …), rate and keep (the same, or a number), write: a list of such tensors.
    """
    if _notes.get() is not None:
        _notes.get().append((memory, what))


@contextmanager
def noting(notes):
    """Notes go into this list; None: nowhere."""
    before = _notes.set(notes)
    try:
        yield
    finally:
        _notes.reset(before)


@torch.no_grad()
def trace(model, x, state=None):
    """Memory to what it did at each token of x, which goes on from `state`; without gradients.

    loss    (batch, tokens, heads), the inner objective at this token's write
    rate    (batch, tokens, heads), the rate of that write
    keep    (batch, tokens, heads), the fraction of the old state that is kept, its mean over channels
    write   (batch, tokens, heads), the norm of what is added to the state
    landed  (batch, tokens), bool: this token is the first to read a newly landed state

    Where nothing is written, loss, rate and write are 0 and keep is 1. A cache has loss 0 and rate 1, and
    writes the pair. A level has the summed loss of the tokens before this one where it takes their
    gradient, and writes where it steps. Names are paths in the model, the last part as in the spec
    (`layers.0.ltm`); a second write or use within one token has a row of its own (`layers.0.ltm#2`).
    """
    from .reference import run  # it imports this module

    state = model.begin(len(x)) if state is None else state
    if len(state.position.unique()) > 1:
        raise ValueError("sequences of different positions are traced apart: state.select")
    time = state.position[:, None] + torch.arange(x.shape[1], device=state.position.device)
    like = next((t for t in (*model.parameters(), *model.buffers()) if t.is_floating_point()), x)
    rows = {}

    def row(path, memory, use):
        name, heads, update, renew = MEMORIES[type(memory).__name__]
        name = ".".join([*path.split(".")[:-1], name]) + (f"#{use}" if use > 1 else "")
        if name not in rows:
            zero = like.new_zeros(*x.shape[:2], heads)
            landed = (time % update == 0) | (time % (renew or update) == 0)
            rows[name] = {"loss": zero, "rate": zero.clone(), "keep": zero + 1, "write": zero.clone()}
            rows[name]["landed"] = landed & (time > 0)
        return rows[name]

    paths = {m: path for path, m in model.named_modules() if type(m).__name__ in MEMORIES}
    for memory, path in paths.items():
        row(path, memory, 1)
    for t in range(x.shape[1]):
        notes, uses = [], Counter()
        with noting(notes):
            _, state = run(model, x[:, t : t + 1], state)
        for memory, what in notes:
            for key, value in what.items():
                uses[memory, key] += 1
                column = row(paths[memory], memory, uses[memory, key])[key][:, t]
                column.copy_(measure(key, value, column))
    return rows


def measure(key, value, like):
    """One number a head, (batch, heads): losses are summed, rates averaged, of writes it is the norm."""
    if key == "write":
        return torch.stack([part.reshape(*like.shape, -1).square().sum(-1) for part in value]).sum(0).sqrt()
    if not torch.is_tensor(value):
        return torch.full_like(like, value)
    value = value.reshape(*like.shape, -1)
    return value.sum(-1) if key == "loss" else value.mean(-1)
