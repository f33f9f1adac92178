"""A chain of a block: what stands between matrices and memories, as expressions, and its way back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from nlc.ir.system import Shape
from nlc.lower.adjoint import added, times
from nlc.lower.differentiate import derivative
from nlc.spec.expr import Expr, Name

CONV, NORMED, RESULT = "c", "f", "r"
"""What a convolution gives, what is normed, and what the norm gives, in the expressions of a chain."""
OUT = "o"
"""What the chain gives."""

Spread = Literal["taps", "each", "head", "within"]
"""A weight has numbers for every channel of every tap of a convolution, one for each channel, one for all
channels of a head, or one for each place within a head."""


Kind = Literal["length", "length inside", "square", "deviation"]


@dataclass(frozen=True)
class Conv:
    """The convolution that a chain begins with: the line, its module, and how many tokens it looks at."""

    index: int
    owner: str
    width: int


@dataclass(frozen=True)
class Norm:
    """The norm in a chain, which is along `size` numbers of each of the heads."""

    kind: Kind
    eps: float
    size: int


@dataclass(frozen=True)
class Weight:
    """A parameter: `name` in the chain's expressions, and where the block has it."""

    name: str
    owner: str
    leaf: Literal["weight", "bias"]
    spread: Spread
    size: int = 0
    """Numbers of one by head."""


@dataclass(frozen=True)
class Chain:
    """Lines of a block of which only the last is seen outside.

    straight whether all tokens come at once, and not period by period
    end      the last line, of `shape` a token
    streams  lines that come in, as large a token; `names` are theirs. A convolution takes the first
    before   what is normed, of streams, weights and CONV; None without a norm
    after    what comes out, of these and RESULT
    said     the same as the spec has it, with the names of streams
    instead  launches of the torch code, forward
    """

    name: str
    straight: bool
    end: int
    shape: Shape
    members: tuple[int, ...]
    streams: tuple[int, ...]
    names: tuple[str, ...]
    weights: tuple[Weight, ...]
    conv: Conv | None
    norm: Norm | None
    before: Expr | None
    after: Expr
    said: Expr
    instead: int

    @property
    def numbers(self) -> int:
        """Of a token."""
        total = 1
        for size in self.shape:
            total *= size
        return total

    @property
    def lags(self) -> int:
        """Earlier tokens that the convolution looks at."""
        return self.conv.width - 1 if self.conv else 0


@cache
def back(chain: Chain) -> Mapping[str, Expr]:
    """The gradients by RESULT, CONV, streams and weights, in `do` and the gradient at NORMED, `df`.

    Those of a norm and of a convolution themselves are not pointwise, and not here. Raises NoDerivative.
    """
    weights = [weight.name for weight in chain.weights if weight.spread != "taps"]
    names = [CONV, *chain.names[1:], *weights] if chain.conv else [*chain.names, *weights]
    found = {RESULT: _gradient("do", chain.after, RESULT)} if chain.norm else dict[str, Expr]()
    for name in names:
        terms = [_gradient("do", chain.after, name)]
        if chain.before is not None:
            terms.append(_gradient("df", chain.before, name))
        found[name] = added(terms)
    return found


def _gradient(reaching: str, expr: Expr, name: str) -> Expr:
    return times(Name(reaching), derivative(expr, name, decimals=True))
