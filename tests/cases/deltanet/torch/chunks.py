"""What the memories share: shapes, runs of tokens, and products of gates over them.

Kernels over a run of n tokens are (n + 1, n + 1): row t is the state after t tokens; column 0 is the
share of the state at the start, column i the share of what token i writes.
"""

import functools

import torch


def full_precision(method):
    """The method in float32 at least, also under autocast: in bfloat16 a state forgets small writes."""

    @functools.wraps(method)
    def exact(self, state, *given):
        device = next(iter(state.values())).device.type
        if not torch.is_autocast_enabled(device):
            return method(self, state, *given)
        with torch.autocast(device, enabled=False):
            return method(self, state, *[widened(x) for x in given])

    return exact


def widened(x):
    """A tensor of bfloat16 or float16 as float32; anything else as it is."""
    low = isinstance(x, torch.Tensor) and x.dtype in (torch.bfloat16, torch.float16)
    return x.float() if low else x


def by_head(stream):
    """(batch, tokens, heads, size) to (batch, heads, tokens, size); a number a token has size 1."""
    stream = stream if stream.dim() == 4 else stream.unsqueeze(-1)
    return stream.transpose(1, 2)


def runs(stream, size):
    """(batch, tokens, heads, n) to (batch, heads, runs, size, n): as runs of `size` tokens."""
    stream = stream if stream.dim() == 4 else stream.unsqueeze(-1)
    return stream.transpose(1, 2).unflatten(2, (-1, size))


def each_run(*tensors):
    """Run after run, what each of them (batch, heads, runs, …) holds of it."""
    return zip(*(x.unbind(2) for x in tensors), strict=True)


def tiles(tokens, size):
    """[(slice, run)]: the whole runs of `size` tokens together, then the rest as one shorter run."""
    whole = tokens - tokens % size
    parts = [(slice(0, whole), size), (slice(whole, tokens), tokens - whole)]
    return [(part, run) for part, run in parts if part.start < part.stop]


def solve(lower, right):
    """The x of (1 + lower) x = right, where `lower` is zero on and above its diagonal; in float32 at least."""
    wide = torch.promote_types(right.dtype, torch.float32)
    found = torch.linalg.solve_triangular(lower.to(wide), right.to(wide), upper=False, unitriangular=True)
    return found.to(right.dtype)
