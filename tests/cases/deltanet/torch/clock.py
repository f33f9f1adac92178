"""When the tokens of a run come, and which of them are there.

The sequences of a batch may stand at different positions and have different lengths. What stands beside
a token is padding: it writes nothing and nobody reads it. Where all sequences stand together, times are
plain numbers and nothing is masked.
"""

from dataclasses import dataclass, replace
from typing import Any

import torch

NEVER = 2**62
"""The time of what no token may read."""


@dataclass(frozen=True)
class Clock:
    """Column t of sequence b is at time `first` + `ahead`[b] + t, counted in tokens from 0.

    ahead    (batch,), or None where all sequences stand together
    cycle    every `ahead` is a multiple of it
    present  (batch, tokens), False for padding; None where every column is a token
    longest  no sequence has more tokens after this run; None where that is not known
    """

    first: int
    tokens: int
    ahead: Any = None
    cycle: int = 1
    present: Any = None
    longest: Any = None

    @staticmethod
    def of(position, tokens, lengths=None):
        """The clock of the next `tokens` columns after `position` (batch,); None: of a beginning."""
        plain = not torch.compiler.is_compiling()  # a compiled program cannot look at the numbers
        first, ahead, longest, present = 0, position, None, None
        if position is None:
            ahead, longest = None, tokens
        elif plain:
            times = position.unique().tolist()
            longest = max(times, default=0) + tokens
            if len(times) == 1:
                first, ahead = times[0], None
        if lengths is not None:
            present = torch.arange(tokens, device=lengths.device) < lengths.unsqueeze(-1)
            if plain:
                longest = int((lengths if position is None else position + lengths).max())
        return Clock(first, tokens, ahead, present=present, longest=longest)

    def times(self, device=None):
        """When each column comes: (tokens,), or (batch, tokens) where sequences differ."""
        time = self.first + torch.arange(self.tokens, device=device)
        return time if self.ahead is None else self.ahead.unsqueeze(-1) + time

    @property
    def count(self):
        """How many tokens each sequence has."""
        return self.tokens if self.present is None else self.present.sum(1)

    def rows(self, cached, device=None):
        """The times of the last `cached` tokens before this run and of its columns, for a cache."""
        time = self.times(device)
        time = time if self.present is None else torch.where(self.present, time, NEVER)
        past = time.amin(-1, keepdim=True) + torch.arange(-cached, 0, device=device)
        rows = torch.cat([past, time], dim=-1)
        return torch.where(rows < 0, NEVER, rows)

    def packed(self, before):
        """The order of `before` earlier rows and this run's columns in which padding comes first."""
        there = torch.cat([self.present.new_ones(self.present.shape[0], before), self.present], dim=1)
        return there.long().argsort(stable=True, dim=1)

    def mask(self, stream, value):
        """The stream (batch, tokens, …), with `value` where there is no token."""
        if self.present is None:
            return stream
        there = self.present.view(*self.present.shape, *[1] * (stream.dim() - 2))
        return torch.where(there, stream, value)

    def due(self, period):
        """Who reached a multiple of `period` with the last column: None, True (all), or (batch,)."""
        stop, together = self.first + self.tokens, self.aligned(period)
        if together and stop % period:
            return None
        if together and self.present is None:
            return True
        there = True if self.present is None else self.present[:, -1]
        return there if together else there & ((stop + self.ahead) % period == 0)

    def aligned(self, period):
        """Whether multiples of `period` fall on the same columns for all sequences."""
        return self.ahead is None or self.cycle % period == 0

    def __getitem__(self, part):
        """The clock of a slice of the columns."""
        start, stop, _ = part.indices(self.tokens)
        present = None if self.present is None else self.present[:, part]
        return replace(self, first=self.first + start, tokens=stop - start, present=present)

    def cut(self, periods, streams):
        """(clock, streams) of run after run, cut where the time is a multiple of any of the periods."""
        ends = {end for period in periods for end in range(-self.first % period, self.tokens, period)}
        start = 0
        for end in sorted(ends - {0} | {self.tokens}):
            part = slice(start, end)
            yield self[part], [stream[:, part] for stream in streams]
            start = end


def take(stream, columns):
    """The columns (batch, n) of a stream (batch, tokens, …)."""
    return stream[torch.arange(columns.shape[0], device=columns.device).unsqueeze(-1), columns]
