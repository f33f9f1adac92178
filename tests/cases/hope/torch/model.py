"""The blocks of `lm`, from the smallest to the whole.

Written by nlc 0.1.0 from spec aa1d9368b143f727: edit the spec, not this file.
"""

import torch.nn.functional as F
from torch import nn

from . import memories
from .layers import Conv, Embedding, Linear, l2norm, repeat
from .learner import Learner
from .over import over


class Cms(nn.Module):
    """As the spec says:

    block cms(x: [T d], fast=64, slow=256, expansion=2, lr=0.001) {
      memory band[c in fast, slow](x) {
        structure: mlp(depth=2, expansion=expansion, residual=true)
        objective: task
        optimizer: sgd(lr=lr)
        update:    every c tokens
        init:      learned
      }
      return chain(band, x)
    }
    """

    def __init__(self):
        super().__init__()
        self.band_64 = memories.CmsBand64()  # std/cms.nl:6
        self.band_128 = memories.CmsBand128()  # std/cms.nl:6

    def start(self, batch):
        """The state of `batch` sequences of which nothing was seen."""
        return {
            "band_64": self.band_64.start(batch),
            "band_128": self.band_128.start(batch),
        }

    def forward(self, x, before, clock):
        """x (batch, tokens, 128) to ((batch, tokens, 128), state)."""
        state = dict(before)
        band_64_out = self.band_64.read(before["band_64"]["weights"], x)  # std/cms.nl:13
        band_128_out = self.band_128.read(before["band_128"]["weights"], band_64_out)  # std/cms.nl:13
        return band_128_out, state  # std/cms.nl:13

    def levels(self, state):
        """The levels that learn in the sequence, each with its part of a state."""
        yield self.band_64, state["band_64"]
        yield self.band_128, state["band_128"]


class Hope(nn.Module):
    """As the spec says:

    block hope(x: [T d]) {
      u = norm(x) |> conv(4)
      memory make[r in key, value](u) {
        structure: mlp(depth=2, expansion=2, residual=true, heads=heads)
        keys:      make.key.read(u) |> l2norm
        values:    make[r].read(make.value.read(u) |> l2norm)
        objective: inner
        optimizer: dgd(lr=fast * sigmoid(gate.rate.read(u)))
        retention: keep(sigmoid(gate.keep.read(u) + 6.0), to=init)
        update:    every slow tokens
        init:      learned
      }
      memory gate[r in rate, keep](u) {
        structure: mlp(depth=2, expansion=1, heads=heads, out=heads)
        keys:      make.key.read(u) |> l2norm
        values:    gate[r].read(make.value.read(u) |> l2norm)
        objective: inner
        optimizer: dgd(lr=fast * sigmoid(gate.rate.read(u)))
        retention: keep(sigmoid(gate.keep.read(u) + 6.0), to=init)
        update:    every slow tokens
        init:      learned
      }
      memory main(u) {
        structure: mlp(depth=2, expansion=2, residual=true, heads=heads)
        keys:      make.key.read(u) |> l2norm
        values:    main.read(make.value.read(u) |> l2norm)
        objective: inner
        optimizer: dgd(lr=fast * sigmoid(gate.rate.read(u)))
        retention: keep(sigmoid(gate.keep.read(u) + 6.0), to=init)
        update:    every chunk tokens
        init:      learned
      }
      y = main.read(linear(u) |> l2norm)
      make.key.write(u)
      make.value.write(u)
      gate.rate.write(u)
      gate.keep.write(u)
      main.write(u)
      a = x + linear(rmsnorm(y) * (linear(u) |> silu))
      return a + cms(norm(a), fast=64, slow=128)
    }
    """

    def __init__(self):
        super().__init__()
        self.u_norm = nn.RMSNorm(128, eps=1e-6)  # hope.nl:14
        self.u_conv = Conv(128, 4)  # hope.nl:14
        self.y_linear = Linear(128, 128)  # hope.nl:45
        self.a_rmsnorm = nn.RMSNorm(128, eps=1e-6)  # hope.nl:51
        self.a_linear = Linear(128, 128)  # hope.nl:51
        self.a_linear2 = Linear(128, 128)  # hope.nl:51
        self.out_norm = nn.RMSNorm(128, eps=1e-6)  # hope.nl:52
        self.make_key = memories.HopeMakeKey()  # hope.nl:15
        self.make_value = memories.HopeMakeValue()  # hope.nl:15
        self.gate_rate = memories.HopeGateRate()  # hope.nl:25
        self.gate_keep = memories.HopeGateKeep()  # hope.nl:25
        self.main = memories.HopeMain()  # hope.nl:35
        self.cms = Cms()  # hope.nl:52

    def start(self, batch):
        """The state of `batch` sequences of which nothing was seen."""
        return {
            "make_key": self.make_key.start(batch),
            "make_value": self.make_value.start(batch),
            "gate_rate": self.gate_rate.start(batch),
            "gate_keep": self.gate_keep.start(batch),
            "main": self.main.start(batch),
            "u_conv": self.u_conv.start(batch),
            "cms": self.cms.start(batch),
        }

    def forward(self, x, before, clock):
        """x (batch, tokens, 128) to ((batch, tokens, 128), state)."""
        state = dict(before)
        u, state["u_conv"] = self.u_conv(self.u_norm(x), before["u_conv"], clock)  # hope.nl:14
        queries = u.unflatten(-1, (4, -1))  # hope.nl:14
        (keys, queries2, rate, keep), state = over(self.together, (64,), state, clock, queries)
        main_queries = l2norm(self.y_linear(u)).unflatten(-1, (4, -1))  # hope.nl:45
        (main_out,), state = over(
            self.together2, (32,), state, clock, main_queries, queries2, keys, rate, keep
        )
        y = main_out.flatten(-2)  # hope.nl:45
        a_linear2 = self.a_linear2(self.a_rmsnorm(y) * F.silu(self.a_linear(u)))  # hope.nl:51
        a = x + a_linear2  # hope.nl:51
        cms, state["cms"] = self.cms(self.out_norm(a), before["cms"], clock)  # hope.nl:52
        return a + cms, state  # hope.nl:52

    def together(self, state, clock, queries):
        """make.key, make.value, gate.rate, gate.keep: read one another, so 64 tokens go at a time."""
        before, state = state, dict(state)
        make_key_out = self.make_key.read(before["make_key"], queries)  # hope.nl:17
        keys = l2norm(make_key_out)  # hope.nl:17
        make_value_out = self.make_value.read(before["make_value"], queries)  # hope.nl:18
        queries2 = l2norm(make_value_out)  # hope.nl:18
        make_key_values = self.make_key.read(before["make_key"], queries2)  # hope.nl:18
        gate_rate_out = self.gate_rate.read(before["gate_rate"], queries).flatten(-2)  # hope.nl:20
        rate = 0.02 * gate_rate_out.sigmoid()  # hope.nl:20
        gate_keep_out = self.gate_keep.read(before["gate_keep"], queries).flatten(-2)  # hope.nl:21
        keep = (gate_keep_out + 6.0).sigmoid()  # hope.nl:21
        # hope.nl:46
        state["make_key"] = self.make_key.write(state["make_key"], clock, keys, make_key_values, rate, keep)
        make_value_values = self.make_value.read(before["make_value"], queries2)  # hope.nl:18
        state["make_value"] = self.make_value.write(
            state["make_value"], clock, keys, make_value_values, rate, keep
        )  # hope.nl:47
        gate_rate_values = self.gate_rate.read(before["gate_rate"], queries2)  # hope.nl:28
        state["gate_rate"] = self.gate_rate.write(
            state["gate_rate"], clock, keys, gate_rate_values, rate, keep
        )  # hope.nl:48
        gate_keep_values = self.gate_keep.read(before["gate_keep"], queries2)  # hope.nl:28
        state["gate_keep"] = self.gate_keep.write(
            state["gate_keep"], clock, keys, gate_keep_values, rate, keep
        )  # hope.nl:49
        state["make_key"] = self.make_key.land(state["make_key"], clock)
        state["make_value"] = self.make_value.land(state["make_value"], clock)
        state["gate_rate"] = self.gate_rate.land(state["gate_rate"], clock)
        state["gate_keep"] = self.gate_keep.land(state["gate_keep"], clock)
        return [keys, queries2, rate, keep], state

    def together2(self, state, clock, main_queries, queries2, keys, rate, keep):
        """main: reads itself, so 32 tokens go at a time."""
        before, state = state, dict(state)
        main_values = self.main.read(before["main"], queries2)  # hope.nl:38
        state["main"] = self.main.write(state["main"], clock, keys, main_values, rate, keep)  # hope.nl:50
        main_out = self.main.read(before["main"], main_queries)  # hope.nl:45
        state["main"] = self.main.land(state["main"], clock)
        return [main_out], state

    def levels(self, state):
        """The levels that learn in the sequence, each with its part of a state."""
        yield from self.cms.levels(state["cms"])


class Lm(Learner):
    """As the spec says:

    model lm(ids: [T]) {
      objective: next_token
      optimizer: adamw(lr=0.002, decay=0.1)
      update:    every step
      return embed(ids, d) |> repeat(hope, layers) |> norm |> unembed
    }
    """

    def __init__(self):
        super().__init__()
        self.out_embed = Embedding(256, 128)  # hope.nl:59
        self.out_norm = nn.RMSNorm(128, eps=1e-6)  # hope.nl:59
        self.out_unembed = Linear(128, 256)  # hope.nl:59
        self.layers = nn.ModuleList(Hope() for _ in range(2))  # hope.nl:59

    def start(self, batch):
        """The state of `batch` sequences of which nothing was seen."""
        return {
            "layers": [layer.start(batch) for layer in self.layers],
        }

    def run(self, ids, before, clock):
        """ids (batch, tokens) to ((batch, tokens, 256), state)."""
        state = dict(before)
        # hope.nl:59
        layers, state["layers"] = repeat(self.layers, self.out_embed(ids), before["layers"], clock)
        return self.out_unembed(self.out_norm(layers)), state  # hope.nl:59

    def levels(self, state):
        """The levels that learn in the sequence, each with its part of a state."""
        for layer, part in zip(self.layers, state["layers"], strict=True):
            yield from layer.levels(part)
