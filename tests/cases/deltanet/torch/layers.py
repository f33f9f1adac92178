"""The slow layers: what the model's optimizer writes, and what needs no writing."""

import functools
import itertools
import math

import torch
import torch.nn.functional as F
from torch import nn

from .clock import take


class Linear(nn.Linear):
    """A learned matrix, normal with deviation inputs^-1/2 at first; a bias starts where it is told."""

    def __init__(self, inputs, outputs, bias=None):
        super().__init__(inputs, outputs, bias=bias is not None)
        nn.init.normal_(self.weight, std=inputs**-0.5)
        if bias is not None:
            nn.init.constant_(self.bias, bias)


class Gate(Linear):
    """A linear layer in its own precision also under autocast: in bfloat16 a gate of 0.999 is 1."""

    def forward(self, x):
        with torch.autocast(x.device.type, enabled=False):
            return super().forward(x.to(self.weight.dtype))


class Embedding(nn.Embedding):
    """A learned vector for each token."""

    def __init__(self, vocab, size):
        super().__init__(vocab, size)
        nn.init.normal_(self.weight, std=0.1)


class Position(nn.Embedding):
    """A learned vector for each of the first `length` positions of a sequence."""

    def __init__(self, length, size):
        super().__init__(length, size)
        self.longest = length
        nn.init.normal_(self.weight, std=0.1)

    def forward(self, x, clock):
        last, most = clock.longest, self.longest
        last = clock.first + clock.tokens if last is None else last
        # A compiled program does not look at the numbers: there the table itself refuses.
        if not torch.compiler.is_compiling() and last > most:
            raise IndexError(f"a sequence of {last} tokens, where `position` has vectors for {most}")
        time = clock.mask(clock.times(x.device), 0)
        return super().forward(time).expand(*x.shape[:2], -1)


class Poly(nn.Module):
    """Monomials of up to `degree` numbers; those of degree i times a number that starts at 1/i!."""

    def __init__(self, size, degree):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([1 / math.factorial(i) for i in range(degree + 1)]))
        for i in range(2, degree + 1):
            terms = list(itertools.combinations_with_replacement(range(size), i))
            self.register_buffer(f"terms{i}", torch.tensor(terms), persistent=False)

    def forward(self, x):
        parts = [self.weight[0] * torch.ones_like(x[..., :1]), self.weight[1] * x]
        for i in range(2, len(self.weight)):
            factors = (x[..., column] for column in getattr(self, f"terms{i}").unbind(-1))
            parts.append(self.weight[i] * functools.reduce(torch.mul, factors))
        return torch.cat(parts, dim=-1)


class Weight(nn.Module):
    """A parameter that is no function of the input: the same at every token."""

    def __init__(self, size, start, end=None):
        super().__init__()
        self.weight = nn.Parameter(torch.linspace(start, start if end is None else end, size))

    def forward(self, x):
        return self.weight.expand(*x.shape[:2], -1)


class Count(nn.Module):
    """Numbers that are known before the run: `size` of them from `start` on, the same at every token."""

    def __init__(self, size, start, step):
        super().__init__()
        self.size, self.first, self.step = size, start, step
        self.register_buffer("zero", torch.zeros(()), persistent=False)

    def forward(self, x):
        numbers = self.first + self.step * torch.arange(self.size, device=x.device).to(self.zero.dtype)
        return numbers.expand(*x.shape[:2], -1)


class Conv(nn.Module):
    """Each channel's last `width` numbers, weighted and summed; carries the last width - 1 of them."""

    def __init__(self, size, width, bias=None):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(width, size) * width**-0.5)
        self.bias = None if bias is None else nn.Parameter(torch.full((size,), float(bias)))

    def start(self, batch):
        width, size = self.weight.shape
        return {"past": self.weight.new_zeros(batch, width - 1, size)}

    def forward(self, x, state, clock):
        width, tokens = len(self.weight), x.shape[1]
        x = torch.cat([state["past"], x], dim=1)
        if clock.present is not None:
            order = clock.packed(width - 1)
            x = take(x, order)
        if tokens == 1:
            y = (x * self.weight).sum(1, keepdim=True)
        else:
            y = sum(x[:, i : i + tokens] * self.weight[i] for i in range(width))
        if self.bias is not None:
            y = y + self.bias
        if clock.present is not None:
            y = take(y, (order.argsort(dim=1)[:, width - 1 :] - (width - 1)).clamp(min=0))
        return y, {"past": x[:, tokens:]}


class Shift(nn.Module):
    """The vector of the token before, zeros at first; carries the last one."""

    def __init__(self, size):
        super().__init__()
        self.register_buffer("zero", torch.zeros(size), persistent=False)

    def start(self, batch):
        return {"past": self.zero.new_zeros(batch, 1, len(self.zero))}

    def forward(self, x, state, clock):
        tokens = x.shape[1]
        x = torch.cat([state["past"], x], dim=1)
        if clock.present is None:
            return x[:, :tokens], {"past": x[:, tokens:]}
        order = clock.packed(1)
        x = take(x, order)
        return take(x, (order.argsort(dim=1)[:, 1:] - 1).clamp(min=0)), {"past": x[:, tokens:]}


class GroupNorm(nn.GroupNorm):
    """Equal parts of the last axis, each normalized on its own."""

    def forward(self, x):
        return super().forward(x.flatten(0, -2)).view_as(x)


def phase(x, clock, period):
    """How many tokens ago the time was a multiple of `period`: a number a token."""
    return (clock.times(x.device) % period).to(torch.get_default_dtype()).expand(x.shape[:2])


def rope(x, clock, base, period=None):
    """Turn pairs of numbers of x (batch, tokens, …, size) by angles that grow with the token's time.

    With `period`, times count from 0 again after so many tokens.
    """
    half = x.shape[-1] // 2
    wide = torch.promote_types(x.dtype, torch.float32)  # bfloat16 cannot tell token 512 from 513
    time = clock.times(x.device)
    time = (time if period is None else time % period).to(wide)
    angle = time.unsqueeze(-1) * base ** (-torch.arange(half, device=x.device, dtype=wide) / half)
    angle = angle.unsqueeze(-2) if x.dim() == 4 else angle
    cos, sin = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
    a, b = x.chunk(2, dim=-1)
    return torch.cat([a * cos - b * sin, a * sin + b * cos], dim=-1)


def l2norm(x, eps=1e-6, inside=False):
    """x over its length; `inside` puts eps under the root."""
    if inside:
        return x * torch.rsqrt(x.square().sum(-1, keepdim=True) + eps)
    return x / (torch.linalg.vector_norm(x, dim=-1, keepdim=True) + eps)


def log_cosh(x):
    """log(cosh(x)) without overflow."""
    return x.abs() + F.softplus(-2 * x.abs()) - 0.6931471805599453


def repeat(layers, x, *rest):
    """Blocks in a row, all with the same other streams: (the last one's result, the state of each)."""
    *others, state, clock = rest
    after = []
    for layer, part in zip(layers, state, strict=True):
        x, part = layer(x, *others, part, clock)
        after.append(part)
    return x, after
