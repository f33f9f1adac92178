"""From a step for a few tokens to all tokens: run after run, wherever the sequences stand."""

import math

import torch

from .clock import Clock, take
from .state import copy_tree

RUN = 64
"""Tokens of a run in an exported loop, where no period says how many."""


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

    def runs(stream):
        more = stream.new_zeros(batch, count * size - clock.tokens, *stream.shape[2:])
        return torch.cat([stream, more], dim=1).unflatten(1, (count, size)).transpose(0, 1)

    def one(state, run):
        ahead, present, *cut = run
        out, state = _in_turn(step, periods, state, Clock(0, size, ahead, size, present), cut)
        return copy_tree(state, torch.clone), [x.clone() for x in out]

    there = clock.mask(torch.ones(batch, clock.tokens, dtype=torch.bool, device=device), False)
    state, out = scan(one, copy_tree(state, torch.clone), (ahead, *map(runs, (there, *streams))))
    return [x.transpose(0, 1).flatten(1, 2)[:, : clock.tokens] for x in out], state
