"""From a run over tokens to a model that carries its state."""

import torch
import torch.nn.functional as F
from torch import nn

from .clock import Clock
from .packed import packed, unpacked
from .state import State
from .where import located


def checked(given, shape, lengths, state):
    """The lengths as a tensor or None, once all has the shape that it should have."""
    if given.dim() != len(shape) or given.shape[1] == 0:
        words = ", ".join(map(str, shape))
        raise ValueError(f"expected ({words}) with at least one token, got {tuple(given.shape)}")
    if given.is_floating_point() or given.dtype == torch.bool:
        raise ValueError(f"expected token ids, which are integers, got {given.dtype}")
    batch = given.shape[0]
    if state is not None and getattr(state, "spec", None) != State.spec:
        raise ValueError("this is no state of this model: one comes beside its outputs, or from begin(batch)")
    if state is not None and state.position.shape[0] != batch:
        raise ValueError(f"{batch} sequences were given with a state of {state.position.shape[0]}")
    if lengths is None:
        return None
    lengths = torch.as_tensor(lengths, device=given.device)
    if lengths.shape != (batch,) or lengths.is_floating_point() or lengths.dtype == torch.bool:
        raise ValueError(
            f"expected lengths of shape ({batch},), integers, got {tuple(lengths.shape)} of {lengths.dtype}"
        )
    lengths = lengths.long()
    if torch.compiler.is_compiling():
        return lengths
    if ((lengths < 0) | (lengths > given.shape[1])).any():
        raise ValueError(f"expected lengths from 0 to {given.shape[1]}, got {lengths.tolist()}")
    return lengths


class Model(nn.Module):
    """Tokens in, a score for every next token out; a call without a state begins a sequence."""

    def begin(self, batch):
        """The state before the first token."""
        device = next((t.device for t in (*self.parameters(), *self.buffers())), None)
        position = torch.zeros(batch, dtype=torch.int64, device=device)
        return State(position, self.start(batch))

    def trace(self, ids, state=None):
        """What every memory does at every token, by its name; slow: it runs the reference (see trace.py)."""
        from .trace import trace

        return trace(self, ids, state)

    def loss(self, ids, state=None, lengths=None, cu_seqlens=None):
        """Mean cross entropy of the next token in nats, of the run that writes the memories."""
        if cu_seqlens is not None:
            ids, lengths = unpacked(ids, cu_seqlens, lengths, state)
        lengths = checked(ids, ("batch", "tokens"), lengths, state)
        plain = lengths is None or torch.compiler.is_compiling()
        if (ids.shape[1] if plain else int(lengths.max())) < 2:
            raise ValueError("a loss needs two tokens: one to read and the one that comes next")
        scores, _ = self(ids, state, lengths)
        targets = ids[:, 1:]
        if lengths is not None:
            targets = Clock.of(None, targets.shape[1], lengths - 1).mask(targets, -100)
        # -100 is the target that cross_entropy leaves out.
        return F.cross_entropy(scores[:, :-1].flatten(0, 1), targets.flatten())

    @located
    def forward(self, ids, state=None, lengths=None, cu_seqlens=None):
        """ids (batch, tokens) int64 to (scores (batch, tokens, vocab), state).

        lengths (batch,): how many tokens each sequence has; what stands beyond them is padding.
        cu_seqlens (sequences + 1,): where in one row, (1, tokens), each sequence begins, and the last one
        ends; each is from its start, and the state is that of a batch of them.
        """
        if cu_seqlens is not None:
            ids, lengths = unpacked(ids, cu_seqlens, lengths, state)
        lengths = checked(ids, ("batch", "tokens"), lengths, state)
        clock = Clock.of(None if state is None else state.position, ids.shape[1], lengths)
        state = self.begin(ids.shape[0]) if state is None else state
        scores, memories = self.run(clock.mask(ids, 0), state.memories, clock)
        scores = clock.mask(scores, 0.0) if cu_seqlens is None else packed(scores, lengths)
        return scores, State(state.position + clock.count, memories)
