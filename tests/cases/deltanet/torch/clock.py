"""When the tokens of a run come, and which of them are there.

The sequences of a batch may stand at different positions and have different lengths. What stands beside
a token is padding: it writes nothing and nobody reads it. Where all sequences stand together, times are
plain numbers and nothing is masked.
"""

import math
from dataclasses import dataclass, replace
from typing import Any

import torch

from .state import copy_tree

NEVER = 2**62
"""The time of what no token may read."""
RUN = 64
"""Tokens of a run in an exported loop, where no period says how many."""


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
        there = torch.cat([self.present.new_ones(len(self.present), before), self.present], dim=1)
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


def over(step, periods, state, clock, *streams):
    """`step` for run after run of tokens, none of which goes beyond a multiple of a period.

    step(state, clock, *streams) gives what comes out, as a list, and the state after it; all streams are
    (batch, tokens, …). Gives the same for all tokens.
    """
    if clock.tokens != 1 and not clock.aligned(math.lcm(*periods)):
        return _aligned(step, periods, state, clock, streams)
    if not isinstance(clock.tokens, int):  # torch.export, for any number of tokens
        return _exported(step, periods, state, clock, streams)
    return _in_turn(step, periods, state, clock, streams)


def _in_turn(step, periods, state, clock, streams):
    pieces = []
    for run, cut in clock.cut(periods, streams):
        out, state = step(state, run, *cut)
        pieces.append(out)
    if len(pieces) == 1:
        return pieces[0], state
    return [torch.cat(same, dim=1) for same in zip(*pieces, strict=True)], state


def _aligned(step, periods, state, clock, streams):
    """Moves every sequence to the right, until multiples of the periods fall on the same columns."""
    size, device = math.lcm(*periods), clock.ahead.device
    time = clock.first + clock.ahead
    skip = time % size
    columns = torch.arange(clock.tokens + size - 1, device=device) - skip.unsqueeze(-1)
    present = (columns >= 0) & (columns < clock.tokens)
    columns = columns.clamp(0, clock.tokens - 1)
    if clock.present is not None:
        present = present & take(clock.present, columns)
    grid = Clock(0, clock.tokens + size - 1, time - skip, size, present, clock.longest)
    out, state = over(step, periods, state, grid, *(take(x, columns) for x in streams))
    back = skip.unsqueeze(-1) + torch.arange(clock.tokens, device=device)
    return [take(x, back) for x in out], state


def _exported(step, periods, state, clock, streams):
    """One loop over runs of equal size, padded on the right: an exported program takes any length."""
    from torch._higher_order_ops.scan import scan

    size = math.lcm(*periods) if periods else RUN
    count = (clock.tokens + size - 1) // size + 1  # at least two: torch treats one as a case of its own
    batch, device = len(streams[0]), streams[0].device
    zeros = torch.zeros(batch, dtype=torch.int64, device=device)
    ahead = clock.first + (zeros if clock.ahead is None else clock.ahead)
    ahead = ahead + size * torch.arange(count, device=device).unsqueeze(-1)

    # By index: a reshape or a pad would tie the program to lengths like the one it was made at.
    columns = torch.arange(size, device=device) + size * torch.arange(count, device=device).unsqueeze(-1)
    there = (columns < clock.tokens).unsqueeze(0).expand(batch, -1, -1)
    columns = columns.clamp(max=clock.tokens - 1)
    if clock.present is not None:
        there = there & clock.present[:, columns]

    def one(state, run):
        ahead, present, *cut = run
        out, state = _in_turn(step, periods, state, Clock(0, size, ahead, size, present), cut)
        return copy_tree(state, torch.clone), [x.clone() for x in out]

    runs = [x.transpose(0, 1) for x in (there, *(stream[:, columns] for stream in streams))]
    state, out = scan(one, copy_tree(state, torch.clone), (ahead, *runs))
    back = torch.arange(clock.tokens, device=device)
    return [x[back // size, :, back % size].transpose(0, 1) for x in out], state


def take(stream, columns):
    """The columns (batch, n) of a stream (batch, tokens, …)."""
    return stream[torch.arange(len(columns), device=columns.device).unsqueeze(-1), columns]
