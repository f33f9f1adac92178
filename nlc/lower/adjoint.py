"""The way back through an objective's residual and through an activation, for kernels with gradients by hand.

Both are expressions of the language, so that every backend prints them by its own table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nlc.lower.differentiate import SUM, Sums, derivative, own_derivative
from nlc.spec.expr import Binary, Call, Expr, Name, Negative, Number, walk

WIDE = ("p", "v")
"""Names of vectors; the extras of a loss are one number a token."""

ERROR = "derror"
"""The gradient at the residual, in what `way_back` gives."""


@dataclass(frozen=True)
class Activation:
    """A function of `x`, its first derivative and its second."""

    value: Expr
    slope: Expr
    curve: Expr


@dataclass(frozen=True)
class WayBack:
    """The gradients at what a residual is made of, in `derror` and the residual's own names.

    prediction, values   a number for each number of a vector
    extras               one number a token each
    """

    prediction: Expr
    values: Expr
    extras: Mapping[str, Expr]


def activation(name: str) -> Activation:
    """The pointwise op of that name, with its derivatives."""
    value = Call(Name(name), (Name("x"),))
    slope = own_derivative(name)
    return Activation(value, slope, derivative(slope, "x", decimals=True))


def way_back(residual: Expr, extras: tuple[str, ...] = ()) -> WayBack:
    """The residual's adjoint, its sums along a vector included.

    The residual is f(p, v, s) with sums s = Σⱼ g(pⱼ, vⱼ). What reaches a sum is the total of what reaches
    each place that it stands in; from there it goes on to every number that was summed.
    """
    sums = Sums()
    outer = sums.outside(residual)
    reached: dict[str, Expr] = {}

    def at(name: str, later: Callable[[str], bool]) -> Expr:
        """The gradient at a name, number by number, by way of the residual and of those sums."""
        terms = [times(Name(ERROR), derivative(outer, name))]
        for other, summed in sums.meant.items():
            if later(other):
                slope = derivative(summed, name)
                term = times(reached[other], slope)
                terms.append(term if name in WIDE or Number(0) == term else _wide(term, slope))
        return added(terms)

    order = list(sums.meant)
    for name in reversed(order):
        place = order.index(name)
        reached[name] = _total(at(name, lambda other, place=place: order.index(other) > place))

    def whole(name: str) -> Expr:
        return sums.inside(at(name, lambda other: True))

    return WayBack(whole("p"), whole("v"), {name: _total(whole(name)) for name in extras})


def _wide(term: Expr, slope: Expr) -> Expr:
    """A term that is to be summed, with as many numbers as the vector has."""
    if any(Name(name) in walk(slope) for name in WIDE):
        return term
    return Binary("+", term, Binary("*", Number(0), Name(ERROR)))


def _total(expr: Expr) -> Expr:
    return expr if expr == Number(0) else Call(Name(SUM), (expr,))


def times(gradient: Expr, slope: Expr) -> Expr:
    if Number(0) in (gradient, slope):
        return Number(0)
    if slope == Negative(Number(1)):
        return Negative(gradient)
    return gradient if slope == Number(1) else Binary("*", gradient, slope)


def added(terms: list[Expr]) -> Expr:
    kept = [term for term in terms if term != Number(0)]
    total = kept[0] if kept else Number(0)
    for term in kept[1:]:
        total = Binary("+", total, term)
    return total
