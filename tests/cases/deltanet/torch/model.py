"""The blocks of `lm`, from the smallest to the whole.

Written by nlc 0.1.0 from spec c1c7b1cf495fea86: edit the spec, not this file.
"""

import torch.nn.functional as F
from torch import nn

from . import memories
from .layers import Embedding, Linear, l2norm, repeat
from .sequence import Model


class Swiglu(nn.Module):
    """As the spec says:

    block swiglu(x: [T d], hidden=256) {
      return linear(linear(x, hidden) * (linear(x, hidden) |> silu), d)
    }
    """

    def __init__(self):
        super().__init__()
        self.out_linear = Linear(128, 256)  # std/swiglu.nl:5
        self.out_linear2 = Linear(128, 256)  # std/swiglu.nl:5
        self.out_linear3 = Linear(256, 128)  # std/swiglu.nl:5

    def forward(self, x):
        """x (batch, tokens, 128) to (batch, tokens, 128)."""
        out_linear3 = self.out_linear3(self.out_linear(x) * F.silu(self.out_linear2(x)))  # std/swiglu.nl:5
        return out_linear3  # std/swiglu.nl:5


class Deltanet(nn.Module):
    """As the spec says:

    block deltanet(x: [T d]) {
      memory delta(x) {
        structure: matrix(heads=heads)
        keys:      linear(x) |> conv(4) |> silu |> l2norm
        values:    linear(x) |> conv(4) |> silu
        queries:   linear(x) |> conv(4) |> silu |> l2norm
        objective: l2
        optimizer: sgd(lr=linear(x, heads) |> sigmoid)
        update:    every token
      }
      a = x + (delta(norm(x)) |> rmsnorm |> linear)
      return a + swiglu(norm(a))
    }
    """

    def __init__(self):
        super().__init__()
        self.a_norm = nn.RMSNorm(128, eps=1e-6)  # deltanet.nl:17
        self.a_rmsnorm = nn.RMSNorm(128, eps=1e-6)  # deltanet.nl:17
        self.a_linear = Linear(128, 128)  # deltanet.nl:17
        self.out_norm = nn.RMSNorm(128, eps=1e-6)  # deltanet.nl:18
        self.delta = memories.DeltanetDelta()  # deltanet.nl:8
        self.swiglu = Swiglu()  # deltanet.nl:18

    def start(self, batch):
        """The state of `batch` sequences of which nothing was seen."""
        return {
            "delta": self.delta.start(batch),
            "delta_keys_conv": self.delta.keys_conv.start(batch),
            "delta_values_conv": self.delta.values_conv.start(batch),
            "delta_queries_conv": self.delta.queries_conv.start(batch),
        }

    def forward(self, x, before, clock):
        """x (batch, tokens, 128) to ((batch, tokens, 128), state)."""
        state = dict(before)
        a_norm = self.a_norm(x)  # deltanet.nl:17
        delta_keys_conv, state["delta_keys_conv"] = self.delta.keys_conv(
            self.delta.keys_linear(a_norm), before["delta_keys_conv"], clock
        )  # deltanet.nl:10
        delta_values_conv, state["delta_values_conv"] = self.delta.values_conv(
            self.delta.values_linear(a_norm), before["delta_values_conv"], clock
        )  # deltanet.nl:11
        delta_queries_conv, state["delta_queries_conv"] = self.delta.queries_conv(
            self.delta.queries_linear(a_norm), before["delta_queries_conv"], clock
        )  # deltanet.nl:12
        delta_keys = l2norm(F.silu(delta_keys_conv).unflatten(-1, (4, -1)))  # deltanet.nl:10
        delta_values = F.silu(delta_values_conv).unflatten(-1, (4, -1))  # deltanet.nl:11
        delta_queries = l2norm(F.silu(delta_queries_conv).unflatten(-1, (4, -1)))  # deltanet.nl:12
        delta_rate = self.delta.rate_linear(a_norm).sigmoid()  # deltanet.nl:14
        delta_out, state["delta"] = self.delta(
            before["delta"], clock, delta_keys, delta_values, delta_queries, delta_rate
        )  # deltanet.nl:17
        a = x + self.a_linear(self.a_rmsnorm(delta_out.flatten(-2)))  # deltanet.nl:17
        swiglu = self.swiglu(self.out_norm(a))  # deltanet.nl:18
        return a + swiglu, state  # deltanet.nl:18


class Lm(Model):
    """As the spec says:

    model lm(ids: [T]) {
      objective: next_token
      optimizer: adamw(lr=0.002, decay=0.1)
      update:    every step
      return embed(ids, d) |> repeat(deltanet, layers) |> norm |> unembed
    }
    """

    def __init__(self):
        super().__init__()
        self.out_embed = Embedding(256, 128)  # deltanet.nl:25
        self.out_norm = nn.RMSNorm(128, eps=1e-6)  # deltanet.nl:25
        self.out_unembed = Linear(128, 256)  # deltanet.nl:25
        self.layers = nn.ModuleList(Deltanet() for _ in range(2))  # deltanet.nl:25

    def start(self, batch):
        """The state of `batch` sequences of which nothing was seen."""
        return {
            "layers": [layer.start(batch) for layer in self.layers],
        }

    def run(self, ids, before, clock):
        """ids (batch, tokens) to ((batch, tokens, 256), state)."""
        state = dict(before)
        # deltanet.nl:25
        layers, state["layers"] = repeat(self.layers, self.out_embed(ids), before["layers"], clock)
        return self.out_unembed(self.out_norm(layers)), state  # deltanet.nl:25
