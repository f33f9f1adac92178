"""The memories of `lm`, one class each.

Written by nlc 0.1.0 from spec aa10a5d8ba5e253d: edit the spec, not this file.
"""

import torch
import torch.nn.functional as F
from torch import nn

from .chunks import (
    by_head,
    direction,
    full_precision,
    gelu_slope,
    landed,
    products,
    solve,
)
from .over import over


class CmsBand64(nn.Module):
    """memory band[c in fast, slow](x) {
      structure: mlp(depth=2, expansion=expansion, residual=true)
      objective: task
      optimizer: sgd(lr=lr)
      update:    every c tokens
      init:      learned
    }

    M(k) = k + W₂ s(W₁ k), s = gelu
    W ← W − 0.001 Σ ∂loss/∂W, every 64 tokens
    """

    place = "std/cms.nl:6"

    def __init__(self):
        super().__init__()
        self.init1 = nn.Parameter(torch.randn(256, 128) * 128**-0.5)
        # Small: at first the shortcut carries the read.
        self.init2 = nn.Parameter(torch.randn(128, 256) * 0.1 * 256**-0.5)
        self.period = 64

    def start(self, batch):
        """The state of `batch` sequences: no difference to the learned start, no gradient yet."""
        state = {}
        for n, init in enumerate(self._inits(), 1):
            zero = torch.zeros_like(init).expand(batch, -1, -1)
            state[f"difference{n}"] = zero.clone()
            state[f"gradient{n}"] = zero.clone()
        return state

    def weights(self, state):
        """Each sequence's own weights, (batch, out, in) a layer."""
        return [init + state[f"difference{n}"] for n, init in enumerate(self._inits(), 1)]

    def read(self, weights, x):
        """(batch, tokens, 128) to (batch, tokens, 128)."""
        first, second = weights
        hidden = F.gelu(x @ first.mT)
        out = hidden @ second.mT
        out = out + x
        return out

    def add(self, state, gradients):
        """The state with the gradients of the last tokens' loss added to the open sum."""
        sums = {f"gradient{n}": state[f"gradient{n}"] + g for n, g in enumerate(gradients, 1)}
        return state | sums

    def step(self, state):
        """One step on the summed gradient, which then starts again; due every 64 tokens."""
        new = {}
        for n in range(1, 3):
            step = 0.001 * state[f"gradient{n}"]
            new[f"difference{n}"] = state[f"difference{n}"] - step
            new[f"gradient{n}"] = torch.zeros_like(state[f"gradient{n}"])
        return state | new

    def _inits(self):
        return [self.init1, self.init2]


class CmsBand128(nn.Module):
    """memory band[c in fast, slow](x) {
      structure: mlp(depth=2, expansion=expansion, residual=true)
      objective: task
      optimizer: sgd(lr=lr)
      update:    every c tokens
      init:      learned
    }

    M(k) = k + W₂ s(W₁ k), s = gelu
    W ← W − 0.001 Σ ∂loss/∂W, every 128 tokens
    """

    place = "std/cms.nl:6"

    def __init__(self):
        super().__init__()
        self.init1 = nn.Parameter(torch.randn(256, 128) * 128**-0.5)
        # Small: at first the shortcut carries the read.
        self.init2 = nn.Parameter(torch.randn(128, 256) * 0.1 * 256**-0.5)
        self.period = 128

    def start(self, batch):
        """The state of `batch` sequences: no difference to the learned start, no gradient yet."""
        state = {}
        for n, init in enumerate(self._inits(), 1):
            zero = torch.zeros_like(init).expand(batch, -1, -1)
            state[f"difference{n}"] = zero.clone()
            state[f"gradient{n}"] = zero.clone()
        return state

    def weights(self, state):
        """Each sequence's own weights, (batch, out, in) a layer."""
        return [init + state[f"difference{n}"] for n, init in enumerate(self._inits(), 1)]

    def read(self, weights, x):
        """(batch, tokens, 128) to (batch, tokens, 128)."""
        first, second = weights
        hidden = F.gelu(x @ first.mT)
        out = hidden @ second.mT
        out = out + x
        return out

    def add(self, state, gradients):
        """The state with the gradients of the last tokens' loss added to the open sum."""
        sums = {f"gradient{n}": state[f"gradient{n}"] + g for n, g in enumerate(gradients, 1)}
        return state | sums

    def step(self, state):
        """One step on the summed gradient, which then starts again; due every 128 tokens."""
        new = {}
        for n in range(1, 3):
            step = 0.001 * state[f"gradient{n}"]
            new[f"difference{n}"] = state[f"difference{n}"] - step
            new[f"gradient{n}"] = torch.zeros_like(state[f"gradient{n}"])
        return state | new

    def _inits(self):
        return [self.init1, self.init2]


class HopeMakeKey(nn.Module):
    """memory make[r in key, value, rate, keep](u) {
      structure: mlp(depth=2, expansion=2, residual=true, heads=heads)
      keys:      make.key.read(u) |> l2norm
      values:    self.read(make.value.read(u) |> l2norm)
      objective: inner
      optimizer: dgd(lr=fast * sigmoid(rate), beta=beta, erase=erase)
      retention: keep(sigmoid(kept + 6.0), to=target)
      update:    every slow tokens
      init:      learned
    }

    M(k) = k + W₂ s(W₁ k), s = gelu
    g = ∂/∂W ½‖M(k) − v‖² at Ŵ, which is W as it stood at the last multiple of 64
    W ← aₜ W + (1 − aₜ) W₀ − ηₜ g − ηₜ W x xᵀ
    """

    place = "hope.nl:19"

    def __init__(self):
        super().__init__()
        self.init1 = nn.Parameter(torch.randn(4, 64, 32) * 32**-0.5)
        # Small: at first the shortcut carries the read.
        self.init2 = nn.Parameter(torch.randn(4, 32, 64) * 0.1 * 64**-0.5)

    def start(self, batch):
        """The state of `batch` sequences of which nothing was seen."""
        first = self.init1.expand(batch, -1, -1, -1).clone()
        second = self.init2.expand(batch, -1, -1, -1).clone()
        return {"layer1": first, "visible1": first, "layer2": second, "visible2": second}

    @full_precision
    def read(self, state, queries):
        """What the visible state answers, the same for all given tokens."""
        queries = by_head(queries)
        first = state["visible1"]
        second = state["visible2"]
        hidden = F.gelu(queries @ first.mT)
        out = hidden @ second.mT
        out = out + queries
        return out.transpose(1, 2)

    def _errors(self, weights, keys, values):
        """What enters each layer and the gradient at what leaves it, all tokens at the same weights."""
        first, second = weights
        z1 = keys @ first.mT
        h1 = F.gelu(z1)
        p = h1 @ second.mT
        p = p + keys
        e2 = p - values
        e1 = (e2 @ second) * gelu_slope(z1)
        return (keys, h1), (e1, e2)

    def _run(self, state, clock, keys, values, rate, keep):
        """A run of tokens between two anchors, all at once."""
        keys = clock.mask(keys, 0.0)  # padding writes nothing
        keep = clock.mask(keep, 1.0)
        keys, values, rate, keep = (by_head(x) for x in (keys, values, rate, keep))
        weights = [state["visible1"], state["visible2"]]
        targets = [self.init1, self.init2]
        inputs, errors = self._errors(weights, keys, values)

        decay = products(keep)
        new = dict(state)
        for n, (x, error) in enumerate(zip(inputs, errors, strict=True), 1):
            write = -rate * error
            target = targets[n - 1]
            weight = state[f"layer{n}"] - target
            after = decay[..., -1:, :1] * weight + (decay[..., -1, 1:, None] * write).mT @ x
            unit = x if n == 1 else direction(x)
            # Each erasure depends on the ones before it: a triangular system.
            match = decay[..., :-1, 1:] * (unit @ unit.mT)
            recalled = decay[..., :-1, :1] * (unit @ weight.mT)
            recalled = recalled + (decay[..., :-1, 1:] * (unit @ x.mT)) @ write
            recalled = recalled + unit @ target.transpose(-1, -2)
            gone = rate * solve(match * rate.mT, recalled)
            after = after - (decay[..., -1, 1:, None] * gone).mT @ unit
            new[f"layer{n}"] = after + target
        return new

    @full_precision
    def write(self, state, clock, keys, values, rate, keep):
        """The running state after all given tokens, which lie between two anchors."""
        return self._run(state, clock, keys, values, rate, keep)

    def land(self, state, clock):
        """What falls due with the last token."""
        due = clock.due(64)
        if due is not None:
            state = landed(state, {f"visible{n}": state[f"layer{n}"] for n in range(1, 3)}, due)
        return state

    def run(self, state, clock, keys, values, queries, rate, keep):
        """Tokens that no landing parts: (what they read, the state after them)."""
        out = self.read(state, queries)
        state = self.write(state, clock, keys, values, rate, keep)
        return [out], self.land(state, clock)

    def forward(self, state, clock, keys, values, queries, rate, keep):
        """All tokens: (what they read, the state after them)."""
        (out,), state = over(self.run, (64,), state, clock, keys, values, queries, rate, keep)
        return out, state


class HopeMakeValue(nn.Module):
    """memory make[r in key, value, rate, keep](u) {
      structure: mlp(depth=2, expansion=2, residual=true, heads=heads)
      keys:      make.key.read(u) |> l2norm
      values:    self.read(make.value.read(u) |> l2norm)
      objective: inner
      optimizer: dgd(lr=fast * sigmoid(rate), beta=beta, erase=erase)
      retention: keep(sigmoid(kept + 6.0), to=target)
      update:    every slow tokens
      init:      learned
    }

    M(k) = k + W₂ s(W₁ k), s = gelu
    g = ∂/∂W ½‖M(k) − v‖² at Ŵ, which is W as it stood at the last multiple of 64
    W ← aₜ W + (1 − aₜ) W₀ − ηₜ g − ηₜ W x xᵀ
    """

    place = "hope.nl:19"

    def __init__(self):
        super().__init__()
        self.init1 = nn.Parameter(torch.randn(4, 64, 32) * 32**-0.5)
        # Small: at first the shortcut carries the read.
        self.init2 = nn.Parameter(torch.randn(4, 32, 64) * 0.1 * 64**-0.5)

    def start(self, batch):
        """The state of `batch` sequences of which nothing was seen."""
        first = self.init1.expand(batch, -1, -1, -1).clone()
        second = self.init2.expand(batch, -1, -1, -1).clone()
        return {"layer1": first, "visible1": first, "layer2": second, "visible2": second}

    @full_precision
    def read(self, state, queries):
        """What the visible state answers, the same for all given tokens."""
        queries = by_head(queries)
        first = state["visible1"]
        second = state["visible2"]
        hidden = F.gelu(queries @ first.mT)
        out = hidden @ second.mT
        out = out + queries
        return out.transpose(1, 2)

    def _errors(self, weights, keys, values):
        """What enters each layer and the gradient at what leaves it, all tokens at the same weights."""
        first, second = weights
        z1 = keys @ first.mT
        h1 = F.gelu(z1)
        p = h1 @ second.mT
        p = p + keys
        e2 = p - values
        e1 = (e2 @ second) * gelu_slope(z1)
        return (keys, h1), (e1, e2)

    def _run(self, state, clock, keys, values, rate, keep):
        """A run of tokens between two anchors, all at once."""
        keys = clock.mask(keys, 0.0)  # padding writes nothing
        keep = clock.mask(keep, 1.0)
        keys, values, rate, keep = (by_head(x) for x in (keys, values, rate, keep))
        weights = [state["visible1"], state["visible2"]]
        targets = [self.init1, self.init2]
        inputs, errors = self._errors(weights, keys, values)

        decay = products(keep)
        new = dict(state)
        for n, (x, error) in enumerate(zip(inputs, errors, strict=True), 1):
            write = -rate * error
            target = targets[n - 1]
            weight = state[f"layer{n}"] - target
            after = decay[..., -1:, :1] * weight + (decay[..., -1, 1:, None] * write).mT @ x
            unit = x if n == 1 else direction(x)
            # Each erasure depends on the ones before it: a triangular system.
            match = decay[..., :-1, 1:] * (unit @ unit.mT)
            recalled = decay[..., :-1, :1] * (unit @ weight.mT)
            recalled = recalled + (decay[..., :-1, 1:] * (unit @ x.mT)) @ write
            recalled = recalled + unit @ target.transpose(-1, -2)
            gone = rate * solve(match * rate.mT, recalled)
            after = after - (decay[..., -1, 1:, None] * gone).mT @ unit
            new[f"layer{n}"] = after + target
        return new

    @full_precision
    def write(self, state, clock, keys, values, rate, keep):
        """The running state after all given tokens, which lie between two anchors."""
        return self._run(state, clock, keys, values, rate, keep)

    def land(self, state, clock):
        """What falls due with the last token."""
        due = clock.due(64)
        if due is not None:
            state = landed(state, {f"visible{n}": state[f"layer{n}"] for n in range(1, 3)}, due)
        return state

    def run(self, state, clock, keys, values, queries, rate, keep):
        """Tokens that no landing parts: (what they read, the state after them)."""
        out = self.read(state, queries)
        state = self.write(state, clock, keys, values, rate, keep)
        return [out], self.land(state, clock)

    def forward(self, state, clock, keys, values, queries, rate, keep):
        """All tokens: (what they read, the state after them)."""
        (out,), state = over(self.run, (64,), state, clock, keys, values, queries, rate, keep)
        return out, state


class HopeMakeRate(nn.Module):
    """memory make[r in key, value, rate, keep](u) {
      structure: mlp(depth=2, expansion=2, residual=true, heads=heads)
      keys:      make.key.read(u) |> l2norm
      values:    self.read(make.value.read(u) |> l2norm)
      objective: inner
      optimizer: dgd(lr=fast * sigmoid(rate), beta=beta, erase=erase)
      retention: keep(sigmoid(kept + 6.0), to=target)
      update:    every slow tokens
      init:      learned
    }

    M(k) = k + W₂ s(W₁ k), s = gelu
    g = ∂/∂W ½‖M(k) − v‖² at Ŵ, which is W as it stood at the last multiple of 64
    W ← aₜ W + (1 − aₜ) W₀ − ηₜ g − ηₜ W x xᵀ
    """

    place = "hope.nl:19"

    def __init__(self):
        super().__init__()
        self.init1 = nn.Parameter(torch.randn(4, 64, 32) * 32**-0.5)
        # Small: at first the shortcut carries the read.
        self.init2 = nn.Parameter(torch.randn(4, 32, 64) * 0.1 * 64**-0.5)

    def start(self, batch):
        """The state of `batch` sequences of which nothing was seen."""
        first = self.init1.expand(batch, -1, -1, -1).clone()
        second = self.init2.expand(batch, -1, -1, -1).clone()
        return {"layer1": first, "visible1": first, "layer2": second, "visible2": second}

    @full_precision
    def read(self, state, queries):
        """What the visible state answers, the same for all given tokens."""
        queries = by_head(queries)
        first = state["visible1"]
        second = state["visible2"]
        hidden = F.gelu(queries @ first.mT)
        out = hidden @ second.mT
        out = out + queries
        return out.transpose(1, 2)

    def _errors(self, weights, keys, values):
        """What enters each layer and the gradient at what leaves it, all tokens at the same weights."""
        first, second = weights
        z1 = keys @ first.mT
        h1 = F.gelu(z1)
        p = h1 @ second.mT
        p = p + keys
        e2 = p - values
        e1 = (e2 @ second) * gelu_slope(z1)
        return (keys, h1), (e1, e2)

    def _run(self, state, clock, keys, values, rate, keep):
        """A run of tokens between two anchors, all at once."""
        keys = clock.mask(keys, 0.0)  # padding writes nothing
        keep = clock.mask(keep, 1.0)
        keys, values, rate, keep = (by_head(x) for x in (keys, values, rate, keep))
        weights = [state["visible1"], state["visible2"]]
        targets = [self.init1, self.init2]
        inputs, errors = self._errors(weights, keys, values)

        decay = products(keep)
        new = dict(state)
        for n, (x, error) in enumerate(zip(inputs, errors, strict=True), 1):
            write = -rate * error
            target = targets[n - 1]
            weight = state[f"layer{n}"] - target
            after = decay[..., -1:, :1] * weight + (decay[..., -1, 1:, None] * write).mT @ x
            unit = x if n == 1 else direction(x)
            # Each erasure depends on the ones before it: a triangular system.
            match = decay[..., :-1, 1:] * (unit @ unit.mT)
            recalled = decay[..., :-1, :1] * (unit @ weight.mT)
            recalled = recalled + (decay[..., :-1, 1:] * (unit @ x.mT)) @ write
            recalled = recalled + unit @ target.transpose(-1, -2)
            gone = rate * solve(match * rate.mT, recalled)
            after = after - (decay[..., -1, 1:, None] * gone).mT @ unit
            new[f"layer{n}"] = after + target
        return new

    @full_precision
    def write(self, state, clock, keys, values, rate, keep):
        """The running state after all given tokens, which lie between two anchors."""
        return self._run(state, clock, keys, values, rate, keep)

    def land(self, state, clock):
        """What falls due with the last token."""
        due = clock.due(64)
        if due is not None:
            state = landed(state, {f"visible{n}": state[f"layer{n}"] for n in range(1, 3)}, due)
        return state

    def run(self, state, clock, keys, values, queries, rate, keep):
        """Tokens that no landing parts: (what they read, the state after them)."""
        out = self.read(state, queries)
        state = self.write(state, clock, keys, values, rate, keep)
        return [out], self.land(state, clock)

    def forward(self, state, clock, keys, values, queries, rate, keep):
        """All tokens: (what they read, the state after them)."""
        (out,), state = over(self.run, (64,), state, clock, keys, values, queries, rate, keep)
        return out, state


class HopeMakeKeep(nn.Module):
    """memory make[r in key, value, rate, keep](u) {
      structure: mlp(depth=2, expansion=2, residual=true, heads=heads)
      keys:      make.key.read(u) |> l2norm
      values:    self.read(make.value.read(u) |> l2norm)
      objective: inner
      optimizer: dgd(lr=fast * sigmoid(rate), beta=beta, erase=erase)
      retention: keep(sigmoid(kept + 6.0), to=target)
      update:    every slow tokens
      init:      learned
    }

    M(k) = k + W₂ s(W₁ k), s = gelu
    g = ∂/∂W ½‖M(k) − v‖² at Ŵ, which is W as it stood at the last multiple of 64
    W ← aₜ W + (1 − aₜ) W₀ − ηₜ g − ηₜ W x xᵀ
    """

    place = "hope.nl:19"

    def __init__(self):
        super().__init__()
        self.init1 = nn.Parameter(torch.randn(4, 64, 32) * 32**-0.5)
        # Small: at first the shortcut carries the read.
        self.init2 = nn.Parameter(torch.randn(4, 32, 64) * 0.1 * 64**-0.5)

    def start(self, batch):
        """The state of `batch` sequences of which nothing was seen."""
        first = self.init1.expand(batch, -1, -1, -1).clone()
        second = self.init2.expand(batch, -1, -1, -1).clone()
        return {"layer1": first, "visible1": first, "layer2": second, "visible2": second}

    @full_precision
    def read(self, state, queries):
        """What the visible state answers, the same for all given tokens."""
        queries = by_head(queries)
        first = state["visible1"]
        second = state["visible2"]
        hidden = F.gelu(queries @ first.mT)
        out = hidden @ second.mT
        out = out + queries
        return out.transpose(1, 2)

    def _errors(self, weights, keys, values):
        """What enters each layer and the gradient at what leaves it, all tokens at the same weights."""
        first, second = weights
        z1 = keys @ first.mT
        h1 = F.gelu(z1)
        p = h1 @ second.mT
        p = p + keys
        e2 = p - values
        e1 = (e2 @ second) * gelu_slope(z1)
        return (keys, h1), (e1, e2)

    def _run(self, state, clock, keys, values, rate, keep):
        """A run of tokens between two anchors, all at once."""
        keys = clock.mask(keys, 0.0)  # padding writes nothing
        keep = clock.mask(keep, 1.0)
        keys, values, rate, keep = (by_head(x) for x in (keys, values, rate, keep))
        weights = [state["visible1"], state["visible2"]]
        targets = [self.init1, self.init2]
        inputs, errors = self._errors(weights, keys, values)

        decay = products(keep)
        new = dict(state)
        for n, (x, error) in enumerate(zip(inputs, errors, strict=True), 1):
            write = -rate * error
            target = targets[n - 1]
            weight = state[f"layer{n}"] - target
            after = decay[..., -1:, :1] * weight + (decay[..., -1, 1:, None] * write).mT @ x
            unit = x if n == 1 else direction(x)
            # Each erasure depends on the ones before it: a triangular system.
            match = decay[..., :-1, 1:] * (unit @ unit.mT)
            recalled = decay[..., :-1, :1] * (unit @ weight.mT)
            recalled = recalled + (decay[..., :-1, 1:] * (unit @ x.mT)) @ write
            recalled = recalled + unit @ target.transpose(-1, -2)
            gone = rate * solve(match * rate.mT, recalled)
            after = after - (decay[..., -1, 1:, None] * gone).mT @ unit
            new[f"layer{n}"] = after + target
        return new

    @full_precision
    def write(self, state, clock, keys, values, rate, keep):
        """The running state after all given tokens, which lie between two anchors."""
        return self._run(state, clock, keys, values, rate, keep)

    def land(self, state, clock):
        """What falls due with the last token."""
        due = clock.due(64)
        if due is not None:
            state = landed(state, {f"visible{n}": state[f"layer{n}"] for n in range(1, 3)}, due)
        return state

    def run(self, state, clock, keys, values, queries, rate, keep):
        """Tokens that no landing parts: (what they read, the state after them)."""
        out = self.read(state, queries)
        state = self.write(state, clock, keys, values, rate, keep)
        return [out], self.land(state, clock)

    def forward(self, state, clock, keys, values, queries, rate, keep):
        """All tokens: (what they read, the state after them)."""
        (out,), state = over(self.run, (64,), state, clock, keys, values, queries, rate, keep)
        return out, state


class HopeMain(nn.Module):
    """memory main(u) {
      structure: mlp(depth=2, expansion=2, residual=true, heads=heads)
      keys:      make.key.read(u) |> l2norm
      values:    self.read(make.value.read(u) |> l2norm)
      queries:   u |> l2norm
      objective: inner
      optimizer: dgd(lr=fast * sigmoid(rate), beta=beta, erase=erase)
      retention: keep(sigmoid(kept + 6.0), to=target)
      update:    every chunk tokens
      init:      learned
    }

    M(k) = k + W₂ s(W₁ k), s = gelu
    g = ∂/∂W ½‖M(k) − v‖² at Ŵ, which is W as it stood at the last multiple of 32
    W ← aₜ W + (1 − aₜ) W₀ − ηₜ g − ηₜ W x xᵀ
    """

    place = "hope.nl:29"

    def __init__(self):
        super().__init__()
        self.init1 = nn.Parameter(torch.randn(4, 64, 32) * 32**-0.5)
        # Small: at first the shortcut carries the read.
        self.init2 = nn.Parameter(torch.randn(4, 32, 64) * 0.1 * 64**-0.5)

    def start(self, batch):
        """The state of `batch` sequences of which nothing was seen."""
        first = self.init1.expand(batch, -1, -1, -1).clone()
        second = self.init2.expand(batch, -1, -1, -1).clone()
        return {"layer1": first, "visible1": first, "layer2": second, "visible2": second}

    @full_precision
    def read(self, state, queries):
        """What the visible state answers, the same for all given tokens."""
        queries = by_head(queries)
        first = state["visible1"]
        second = state["visible2"]
        hidden = F.gelu(queries @ first.mT)
        out = hidden @ second.mT
        out = out + queries
        return out.transpose(1, 2)

    def _errors(self, weights, keys, values):
        """What enters each layer and the gradient at what leaves it, all tokens at the same weights."""
        first, second = weights
        z1 = keys @ first.mT
        h1 = F.gelu(z1)
        p = h1 @ second.mT
        p = p + keys
        e2 = p - values
        e1 = (e2 @ second) * gelu_slope(z1)
        return (keys, h1), (e1, e2)

    def _run(self, state, clock, keys, values, rate, keep):
        """A run of tokens between two anchors, all at once."""
        keys = clock.mask(keys, 0.0)  # padding writes nothing
        keep = clock.mask(keep, 1.0)
        keys, values, rate, keep = (by_head(x) for x in (keys, values, rate, keep))
        weights = [state["visible1"], state["visible2"]]
        targets = [self.init1, self.init2]
        inputs, errors = self._errors(weights, keys, values)

        decay = products(keep)
        new = dict(state)
        for n, (x, error) in enumerate(zip(inputs, errors, strict=True), 1):
            write = -rate * error
            target = targets[n - 1]
            weight = state[f"layer{n}"] - target
            after = decay[..., -1:, :1] * weight + (decay[..., -1, 1:, None] * write).mT @ x
            unit = x if n == 1 else direction(x)
            # Each erasure depends on the ones before it: a triangular system.
            match = decay[..., :-1, 1:] * (unit @ unit.mT)
            recalled = decay[..., :-1, :1] * (unit @ weight.mT)
            recalled = recalled + (decay[..., :-1, 1:] * (unit @ x.mT)) @ write
            recalled = recalled + unit @ target.transpose(-1, -2)
            gone = rate * solve(match * rate.mT, recalled)
            after = after - (decay[..., -1, 1:, None] * gone).mT @ unit
            new[f"layer{n}"] = after + target
        return new

    @full_precision
    def write(self, state, clock, keys, values, rate, keep):
        """The running state after all given tokens, which lie between two anchors."""
        return self._run(state, clock, keys, values, rate, keep)

    def land(self, state, clock):
        """What falls due with the last token."""
        due = clock.due(32)
        if due is not None:
            state = landed(state, {f"visible{n}": state[f"layer{n}"] for n in range(1, 3)}, due)
        return state

    def run(self, state, clock, keys, values, queries, rate, keep):
        """Tokens that no landing parts: (what they read, the state after them)."""
        out = self.read(state, queries)
        state = self.write(state, clock, keys, values, rate, keep)
        return [out], self.land(state, clock)

    def forward(self, state, clock, keys, values, queries, rate, keep):
        """All tokens: (what they read, the state after them)."""
        (out,), state = over(self.run, (32,), state, clock, keys, values, queries, rate, keep)
        return out, state
