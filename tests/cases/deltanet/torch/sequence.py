"""From a run over tokens to a model that carries its state."""

import torch
import torch.nn.functional as F
from torch import nn

from .state import State


def cut(position, periods, *streams):
    """(first position, position after, slices) of the runs between landings, in order.

    `streams` are (batch, tokens, …) and begin after `position` tokens; runs end where the position
    is a multiple of any of `periods`.
    """
    tokens = streams[0].shape[1]
    ends = {end for period in periods for end in range(period - position % period, tokens, period)}
    start = 0
    for end in sorted(ends | {tokens}):
        yield position + start, position + end, [stream[:, start:end] for stream in streams]
        start = end


def time_of(state):
    """The position at which all sequences of the batch stand."""
    times = state.position.unique().tolist()
    if len(times) != 1:
        raise ValueError(
            f"the sequences of this state stand at different positions: {times}; "
            "run those of one position at a time (state.select)"
        )
    return times[0]


class Model(nn.Module):
    """Tokens in, a score for every next token out; a call without a state begins a sequence."""

    def begin(self, batch):
        """The state before the first token."""
        device = next((t.device for t in (*self.parameters(), *self.buffers())), None)
        return State(torch.zeros(batch, dtype=torch.int64, device=device), self.start(batch))

    def trace(self, ids, state=None):
        """What every memory does at every token, by its name; slow: it runs the reference (see trace.py)."""
        from .trace import trace

        return trace(self, ids, state)

    def loss(self, ids):
        """Mean cross entropy of the next token in nats, of the run that writes the memories."""
        if ids.shape[1] < 2:
            raise ValueError("a loss needs two tokens: one to read and the one that comes next")
        scores, _ = self(ids)
        return F.cross_entropy(scores[:, :-1].flatten(0, 1), ids[:, 1:].flatten())

    def forward(self, ids, state=None):
        """ids (batch, tokens) int64 to (scores (batch, tokens, vocab), state)."""
        state = self.begin(len(ids)) if state is None else state
        scores, memories = self.run(ids, state.memories, time_of(state))
        return scores, State(state.position + ids.shape[1], memories)
