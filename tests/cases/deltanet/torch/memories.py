"""The memories of `lm`, one class each.

Written by nlc 0.1.0 from spec c1c7b1cf495fea86: edit the spec, not this file.
"""

import torch
from torch import nn

from .chunks import by_head, each_run, full_precision, runs, solve, tiles
from .layers import Conv, Gate, Linear
from .over import over


class DeltanetDelta(nn.Module):
    """memory delta(x) {
      structure: matrix(heads=heads)
      keys:      linear(x) |> conv(4) |> silu |> l2norm
      values:    linear(x) |> conv(4) |> silu
      queries:   linear(x) |> conv(4) |> silu |> l2norm
      objective: l2
      optimizer: sgd(lr=linear(x, heads) |> sigmoid)
      update:    every token
    }

    M(k) = W k
    g = ∂/∂W ½‖M(k) − v‖² at W
    W ← W − ηₜ g
    """

    place = "deltanet.nl:8"

    def __init__(self):
        super().__init__()
        self.register_buffer("zero", torch.zeros(()), persistent=False)
        self.keys_linear = Linear(128, 128)  # deltanet.nl:10
        self.keys_conv = Conv(128, 4)  # deltanet.nl:10
        self.values_linear = Linear(128, 128)  # deltanet.nl:11
        self.values_conv = Conv(128, 4)  # deltanet.nl:11
        self.rate_linear = Gate(128, 4)  # deltanet.nl:14
        self.queries_linear = Linear(128, 128)  # deltanet.nl:12
        self.queries_conv = Conv(128, 4)  # deltanet.nl:12

    def start(self, batch):
        """The state of `batch` sequences of which nothing was seen."""
        first = self.zero.new_zeros(batch, 4, 32, 32)
        return {"layer1": first}

    @full_precision
    def read(self, state, queries):
        """What the visible state answers, the same for all given tokens."""
        queries = by_head(queries)
        return (queries @ state["layer1"].mT).transpose(1, 2)

    def _scan(self, state, clock, size, queries, keys, values, rate):
        """Runs of `size` tokens: all at once, but for the state that goes from run to run."""
        keys = clock.mask(keys, 0.0)  # padding writes nothing
        keys, values, rate = (runs(x, size) for x in (keys, values, rate))
        wanted = rate * values

        # What the state recalls for each key, as `answer + reach @ state`: a triangular system, because
        # every write depends on the writes before it.
        before = (keys @ keys.mT).tril(-1)
        shares = [before @ wanted, keys]
        shares = solve(before * rate.mT, torch.cat(shares, dim=-1))
        answer, reach = shares.split([values.shape[-1], keys.shape[-1]], dim=-1)
        weight = state["layer1"]
        starts, writes = [], []
        each = each_run(wanted, answer, reach, rate, keys)
        for wanted, answer, reach, rate, tail in each:
            starts.append(weight)
            recalled = answer + reach @ weight.mT
            write = wanted - rate * recalled
            writes.append(write)
            weight = weight + write.mT @ tail
        state = state | {"layer1": weight}
        if queries is None:
            return None, state

        queries = runs(queries, size)
        starts = torch.stack(starts, dim=2)
        writes = torch.stack(writes, dim=2)
        match = (queries @ keys.mT).tril()
        out = queries @ starts.mT + match @ writes
        return out.flatten(2, 3).transpose(1, 2), state

    def _token(self, state, keys, values, queries, rate):
        """One token: (what it reads, the state after it)."""
        keys, values, queries, rate = (by_head(x) for x in (keys, values, queries, rate))
        weight = state["layer1"]
        recalled = keys @ weight.mT
        write = rate * (values - recalled)
        after = weight + write.mT @ keys
        out = queries @ after.mT
        return out.transpose(1, 2), state | {"layer1": after}

    @full_precision
    def write(self, state, clock, keys, values, rate):
        """The running state after all given tokens."""
        for part, size in tiles(keys.shape[1], 64):
            cut = [x[:, part] for x in (keys, values, rate)]
            _, state = self._scan(state, clock[part], size, None, *cut)
        return state

    @full_precision
    def apply(self, state, clock, keys, values, queries, rate):
        """Writes every token and reads after it: (what was read, state)."""
        if clock.tokens == 1 and clock.present is None:
            return self._token(state, keys, values, queries, rate)
        out = []
        for part, size in tiles(keys.shape[1], 64):
            cut = [x[:, part] for x in (keys, values, rate)]
            read, state = self._scan(state, clock[part], size, queries[:, part], *cut)
            out.append(read)
        return torch.cat(out, dim=1), state

    def land(self, state, clock):
        """Nothing falls due: readers see every write at once."""
        return state

    def run(self, state, clock, keys, values, queries, rate):
        """Tokens that no landing parts: (what they read, the state after them)."""
        out, state = self.apply(state, clock, keys, values, queries, rate)
        return [out], state

    def forward(self, state, clock, keys, values, queries, rate):
        """All tokens: (what they read, the state after them)."""
        (out,), state = over(self.run, (), state, clock, keys, values, queries, rate)
        return out, state
