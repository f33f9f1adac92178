"""Matrix-product FLOPs a token of a memory's rule and reads, forward, as the torch backend runs them.

Two for a multiply and add; element-wise work and systems of equations are not counted, nor are the
projections that make a memory's streams.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from math import prod

from nlc.ir.plan import MemoryPlan
from nlc.lower.buffers import uses_anchor

SAMPLE = 1 << 16
"""Tokens from which the runs of a longer stream are told."""
STEPPED = ("dual", "states")
"""The families whose runs are as long as gradients are taken at one state."""


def flops(m: MemoryPlan, length: int) -> float:
    """FLOPs a token, over a stream of `length` tokens from its start."""
    match m.family:
        case "attention":
            return 2.0 * m.heads * _rows(m, length) * (m.sizes[0] + m.sizes[-1])
        case "level" | "parameter":
            return 2.0 * m.heads * products(m)
        case "regression":
            tokens = min(length, SAMPLE)
            total = sum(count * _regression(m, n) for n, count in _runs(m, tokens).items())
            return 2.0 * (total / tokens + (m.heads * prod(m.sizes) if m.update > 1 or m.segment else 0))
        case _:
            one = _apart if m.erases_apart else _channels if m.axis else FAMILIES[m.family]
            length = min(length, SAMPLE)
            total = sum(count * one(m, n) for n, count in _runs(m, length).items())
            read = m.heads * products(m) if m.update > 1 or m.segment else 0
            return 2.0 * (total / length + read)


def products(m: MemoryPlan) -> int:
    """Of one number by another in a read, a head: a bias is added."""
    return sum(o * (i - m.bias) for o, i in m.weights)


def _rows(m: MemoryPlan, length: int) -> int:
    """With how many pairs a token is compared: those that it may not see count, as they are computed."""
    block = max(m.window, 128)
    near = min(length, block + m.window - 1) if m.window else length
    return m.pairs * (near + m.sinks) + m.slots


def _runs(m: MemoryPlan, length: int) -> Counter[int]:
    """How many runs of each size are computed at once in a stream of `length` tokens.

    A stream longer than `SAMPLE` is told from its beginning: the pattern of cuts repeats.
    """
    periods = [p for p in (m.update, m.anchor if uses_anchor(m) else 1, m.segment, m.renew) if p > 1]
    cuts = sorted({0, length}.union(*(range(0, length, p) for p in periods)))
    tile = 1 if m.family in STEPPED and m.each_token else m.tile
    if m.axis:
        tile = min(tile, 16)
    elif m.family in STEPPED and 1 < m.anchor <= m.tile:
        tile = m.anchor
    runs: Counter[int] = Counter()
    for start, stop in pairwise(cuts):
        runs[tile] += (stop - start) // tile
        runs[(stop - start) % tile] += 1
    del runs[0]
    return runs


def _drive(m: MemoryPlan, n: int) -> int:
    """The kernel through which a write reaches the state by way of the momentum."""
    if m.beta is None:
        return 0
    shared = not isinstance(m.beta, str) and not isinstance(m.keep, str)
    return (1 if shared else m.heads) * n * (n + 1) ** 2


def _scan(m: MemoryPlan, n: int) -> int:
    """One run of n tokens of template `scan`, all heads; each of a token's steps is a row."""
    k, v = m.sizes
    rows = n * m.steps
    across, inside_k, inside_v = rows * k * v, rows * rows * k, rows * rows * v
    momentum, erases, target = m.beta is not None, m.erases, m.target != "zero"
    gates = momentum or m.decays
    total = across * (1 + momentum)
    if m.slope != 0 or erases:
        total += inside_k + inside_v + across * (1 + momentum + erases + target)
        total += inside_v * (erases and target)
    if m.update == 1:
        read = inside_k + inside_v + across * (1 + momentum + target) + inside_v * (erases and gates)
        total += read // m.steps
    return m.heads * total + _drive(m, n)


def _channels(m: MemoryPlan, n: int) -> int:
    """One run of n tokens of template `scan` with a gate for every channel, all heads."""
    k, v = m.sizes
    rows, reads = n * m.steps, m.update == 1
    if m.thin:
        return m.heads * n * k * v * reads
    across, inside = rows * k * v, rows * rows * (v + (k if m.axis == "values" else 0))
    solves = (across + inside) * (m.slope != 0)
    return m.heads * (across + solves + (across + inside) // m.steps * reads)


def _apart(m: MemoryPlan, n: int) -> int:
    """One run of n tokens of template `scan` where what is erased has keys or rates of its own, all heads."""
    k, v = m.sizes
    reads = m.update == 1
    total = (3 + reads) * n * k * v + (1 + 2 * reads) * n * n * v
    return m.heads * (total if m.axis else total + (2 + 2 * reads) * n * n * k)


def _errors(m: MemoryPlan, n: int) -> int:
    """The gradients of n tokens at one state, a head."""
    below = m.weights if m.slope != 0 or m.norm else m.weights[:-1]
    hidden = m.weights[2 if m.gated else 1 :]
    return n * (sum(o * i for o, i in below) + sum(o * (i - m.bias) for o, i in hidden))


def _regression(m: MemoryPlan, n: int) -> int:
    """One run of n tokens of template `regression`, all heads; solving is not counted."""
    k, v = m.sizes
    read = n * n * (k * k + k + v) + n * k * v if m.update == 1 else 0
    return m.heads * (n * k * (k + v) + read)


def _dual(m: MemoryPlan, n: int) -> int:
    """One run of n tokens of template `dual`, all heads; with a window, of the pairs before it too."""
    rows = n + m.window - 1 if m.windowed else n
    momentum, target, reads = m.beta is not None, m.target != "zero", m.update == 1
    total = _errors(m, rows)
    if m.windowed:
        total += n * rows * (n + 1 + momentum)
    for layer, (o, i) in enumerate(m.weights, 1):
        across, inside = n * i * o, n * n * (i + o)
        total += rows * i * o * (1 + momentum)
        if reads:
            total += n * rows * (i + o) + across * (1 + momentum + target)
        if m.erases and (m.erase_layers == "all" or layer == len(m.weights)):
            total += n * rows * (i + o) + inside * reads + n * n * i + across * (2 + momentum + target)
    return m.heads * total + _drive(m, n)


def _states(m: MemoryPlan, n: int) -> float:
    """One run of n tokens of template `states`, all heads: every state is a sum of all writes before it."""
    pairs = n + m.window - 1 if m.windowed else n
    sums = (n + 1 if m.update == 1 else 1) + (n + 1 if m.beta is not None else 0)
    total = _errors(m, pairs) + products(m) * (sums * (n + 1) + (n * pairs if m.windowed else 0))
    if m.push:  # steps of Newton and Schulz: a square, its square, and that times the matrix
        sides = [(min(shape), max(shape)) for shape in m.weights]
        total += n * m.push.arguments["iterations"] * sum(2 * a * a * b + a**3 for a, b in sides)
    return m.heads * (total + (n * products(m) if m.update == 1 else 0))


FAMILIES = {"scan": _scan, "dual": _dual, "states": _states}
