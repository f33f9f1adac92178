"""The blocks of `lm`, from the smallest to the whole.

Written by nlc 0.1.0 from spec aa10a5d8ba5e253d: edit the spec, not this file.
"""

import torch.nn.functional as F
from torch import nn

from . import memories
from .layers import Conv, Embedding, Gate, Linear, l2norm, repeat
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
      memory make[r in key, value, rate, keep](u) {
        structure: mlp(depth=2, expansion=2, residual=true, heads=heads)
        keys:      make.key.read(u) |> l2norm
        values:    self.read(make.value.read(u) |> l2norm)
        objective: inner
        optimizer: dgd(lr=fast * sigmoid(rate), beta=beta, erase=erase)
        retention: keep(sigmoid(kept + 6.0), to=target)
        update:    every slow tokens
        init:      learned
      }
      memory main(u) {
        like:    make
        queries: u |> l2norm
        update:  every chunk tokens
      }
      u    = norm(x) |> conv(4)
      rate = linear(make.rate.read(u), heads)
      kept = linear(make.keep.read(u), heads)
      y    = main.read(linear(u))
      make.write(u)
      main.write(u)
      a = x + linear(rmsnorm(y) * (linear(u) |> silu))
      return a + cms(norm(a), fast=slow, slow=2 * slow)
    }
    """

    def __init__(self):
        super().__init__()
        self.u_norm = nn.RMSNorm(128, eps=1e-6)  # hope.nl:34
        self.u_conv = Conv(128, 4)  # hope.nl:34
        self.rate_linear = Gate(128, 4)  # hope.nl:35
        self.kept_linear = Gate(128, 4)  # hope.nl:36
        self.y_linear = Linear(128, 128)  # hope.nl:37
        self.a_rmsnorm = nn.RMSNorm(128, eps=1e-6)  # hope.nl:40
        self.a_linear = Linear(128, 128)  # hope.nl:40
        self.a_linear2 = Linear(128, 128)  # hope.nl:40
        self.out_norm = nn.RMSNorm(128, eps=1e-6)  # hope.nl:41
        self.make_key = memories.HopeMakeKey()  # hope.nl:19
        self.make_value = memories.HopeMakeValue()  # hope.nl:19
        self.make_rate = memories.HopeMakeRate()  # hope.nl:19
        self.make_keep = memories.HopeMakeKeep()  # hope.nl:19
        self.main = memories.HopeMain()  # hope.nl:29
        self.cms = Cms()  # hope.nl:41

    def start(self, batch):
        """The state of `batch` sequences of which nothing was seen."""
        return {
            "make_key": self.make_key.start(batch),
            "make_value": self.make_value.start(batch),
            "make_rate": self.make_rate.start(batch),
            "make_keep": self.make_keep.start(batch),
            "main": self.main.start(batch),
            "u_conv": self.u_conv.start(batch),
            "cms": self.cms.start(batch),
        }

    def forward(self, x, before, clock):
        """x (batch, tokens, 128) to ((batch, tokens, 128), state)."""
        state = dict(before)
        u, state["u_conv"] = self.u_conv(self.u_norm(x), before["u_conv"], clock)  # hope.nl:34
        queries = u.unflatten(-1, (4, -1))  # hope.nl:34
        (keys, queries2, rate2, keep), state = over(self.together, (64,), state, clock, queries)
        main_queries = l2norm(self.y_linear(u).unflatten(-1, (4, -1)))  # hope.nl:31
        main_queries2 = l2norm(queries2)  # hope.nl:31
        (main_out,), state = over(
            self.together2, (32,), state, clock, main_queries, main_queries2, keys, rate2, keep
        )
        y = main_out.flatten(-2)  # hope.nl:37
        a_linear2 = self.a_linear2(self.a_rmsnorm(y) * F.silu(self.a_linear(u)))  # hope.nl:40
        a = x + a_linear2  # hope.nl:40
        cms, state["cms"] = self.cms(self.out_norm(a), before["cms"], clock)  # hope.nl:41
        return a + cms, state  # hope.nl:41

    def together(self, state, clock, queries):
        """make.key, make.value, make.rate, make.keep: read one another, so 64 tokens go at a time."""
        before, state = state, dict(state)
        make_rate_out = self.make_rate.read(before["make_rate"], queries).flatten(-2)  # hope.nl:35
        rate = self.rate_linear(make_rate_out)  # hope.nl:35
        make_keep_out = self.make_keep.read(before["make_keep"], queries).flatten(-2)  # hope.nl:36
        kept = self.kept_linear(make_keep_out)  # hope.nl:36
        make_key_out = self.make_key.read(before["make_key"], queries)  # hope.nl:21
        keys = l2norm(make_key_out)  # hope.nl:21
        make_value_out = self.make_value.read(before["make_value"], queries)  # hope.nl:22
        queries2 = l2norm(make_value_out)  # hope.nl:22
        make_key_values = self.make_key.read(before["make_key"], queries2)  # hope.nl:22
        rate2 = 0.02 * rate.sigmoid()  # hope.nl:24
        keep = (kept + 6.0).sigmoid()  # hope.nl:25
        make_value_values = self.make_value.read(before["make_value"], queries2)  # hope.nl:22
        make_rate_values = self.make_rate.read(before["make_rate"], queries2)  # hope.nl:22
        make_keep_values = self.make_keep.read(before["make_keep"], queries2)  # hope.nl:22
        # hope.nl:38
        state["make_key"] = self.make_key.write(state["make_key"], clock, keys, make_key_values, rate2, keep)
        state["make_value"] = self.make_value.write(
            state["make_value"], clock, keys, make_value_values, rate2, keep
        )  # hope.nl:38
        state["make_rate"] = self.make_rate.write(
            state["make_rate"], clock, keys, make_rate_values, rate2, keep
        )  # hope.nl:38
        state["make_keep"] = self.make_keep.write(
            state["make_keep"], clock, keys, make_keep_values, rate2, keep
        )  # hope.nl:38
        state["make_key"] = self.make_key.land(state["make_key"], clock)
        state["make_value"] = self.make_value.land(state["make_value"], clock)
        state["make_rate"] = self.make_rate.land(state["make_rate"], clock)
        state["make_keep"] = self.make_keep.land(state["make_keep"], clock)
        return [keys, queries2, rate2, keep], state

    def together2(self, state, clock, main_queries, main_queries2, keys, rate2, keep):
        """main: reads itself, so 32 tokens go at a time."""
        before, state = state, dict(state)
        main_values = self.main.read(before["main"], main_queries2)  # hope.nl:22
        state["main"] = self.main.write(state["main"], clock, keys, main_values, rate2, keep)  # hope.nl:39
        main_out = self.main.read(before["main"], main_queries)  # hope.nl:37
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
      return embed(ids, d) |> repeat(hope, layers) |> norm |> unembed
    }
    """

    def __init__(self):
        super().__init__()
        self.out_embed = Embedding(256, 128)  # hope.nl:47
        self.out_norm = nn.RMSNorm(128, eps=1e-6)  # hope.nl:47
        self.out_unembed = Linear(128, 256)  # hope.nl:47
        self.layers = nn.ModuleList(Hope() for _ in range(2))  # hope.nl:47

    def start(self, batch):
        """The state of `batch` sequences of which nothing was seen."""
        return {
            "layers": [layer.start(batch) for layer in self.layers],
        }

    def run(self, ids, before, clock):
        """ids (batch, tokens) to ((batch, tokens, 256), state)."""
        state = dict(before)
        # hope.nl:47
        layers, state["layers"] = repeat(self.layers, self.out_embed(ids), before["layers"], clock)
        return self.out_unembed(self.out_norm(layers)), state  # hope.nl:47

    def levels(self, state):
        """The levels that learn in the sequence, each with its part of a state."""
        for layer, part in zip(self.layers, state["layers"], strict=True):
            yield from layer.levels(part)
