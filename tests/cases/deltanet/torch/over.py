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
    batch, device = streams[0].shape[0], streams[0].device
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
