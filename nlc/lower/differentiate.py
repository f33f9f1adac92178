"""The residual of an objective: its loss differentiated by the prediction, symbolically.

Pointwise ops know their own derivative, as text of the language; SymPy does the algebra.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from math import isfinite
from typing import Any, cast

from nlc.parts.meaning import parse
from nlc.parts.part import Pointwise
from nlc.parts.registry import find
from nlc.spec.expr import Binary, Call, Expr, Name, Negative, Number, rebuilt, replaced, walk

sympy: Any = import_module("sympy")
"""SymPy has no types; everything that touches it is `Any`, in this file only."""

OWN: dict[str, Any] = {
    **{name: getattr(sympy, name) for name in ("tanh", "cosh", "sinh", "exp", "log", "sqrt", "sign", "erf")},
    "abs": sympy.Abs,
}
NAMES: dict[Any, str] = {function: name for name, function in OWN.items()}


SUM = "sum"
"""The op that is no function of each number, and may stand in a loss."""

LONGEST = 80
"""Parts of an objective: names, numbers, functions and signs."""


class NoDerivative(Exception):
    """The loss uses something that has no derivative rule; the message names it."""


def residual(loss: Expr) -> tuple[Expr, float | None]:
    """∂loss/∂p, element by element, and its slope by p where that is one number.

    A slope says that the residual is affine in the prediction (1 for l2, 0 for dot): the exact
    chunk-parallel form is then legal.
    """
    _affordable(loss)
    sums = Sums()
    derivative = _tidy(sums.derivative(sums.outside(loss), symbol("p")))
    if derivative.is_number:
        raise NoDerivative("the gradient is the same number whatever the prediction and the value are")
    slope = sympy.diff(derivative, symbol("p"))
    affine = slope.is_number and not sums.join(derivative)
    return sums.inside(to_expr(derivative)), float(slope) if affine else None


class Sums:
    """The sums along a vector in a loss: names stand for them while the rest is differentiated.

    The loss is L = Σᵢ l(pᵢ, s) with sums s = Σⱼ g(pⱼ), so
    ∂L/∂pᵢ = ∂l(pᵢ, s)/∂pᵢ + Σₛ (∂L/∂s) g′(pᵢ).
    """

    def __init__(self) -> None:
        self.meant: dict[str, Expr] = {}
        """What each name is the sum of, innermost first."""

    def outside(self, expr: Expr) -> Expr:
        """The expression with a name in place of each sum."""
        if isinstance(expr, Call) and expr.function == Name(SUM):
            return Name(self._name(self.outside(expr.args[0])))
        return rebuilt(expr, self.outside)

    def inside(self, expr: Expr) -> Expr:
        """The expression with each sum in place of its name."""
        for name, summed in reversed(self.meant.items()):
            expr = replaced(expr, {name: Call(Name(SUM), (summed,))})
        return expr

    def join(self, expression: Any) -> bool:
        """Whether a number of the expression depends on other numbers of the prediction."""
        whole = self.inside(to_expr(expression))
        calls = (node for node in walk(whole) if isinstance(node, Call) and node.function == Name(SUM))
        return any(Name("p") in walk(call) for call in calls)

    def derivative(self, loss: Expr, p: Any) -> Any:
        """∂L/∂p of a loss in which names stand for its sums."""
        terms = {name: to_sympy(summed) for name, summed in self.meant.items()}
        whole = to_sympy(loss)
        found, by_sum = sympy.diff(whole, p), dict[str, Any]()
        for name in reversed(terms):
            s = symbol(name)
            by_sum[name] = self._total(whole, sympy.diff(whole, s), terms)
            for outer, weight in list(by_sum.items())[:-1]:
                by_sum[name] += weight * self._total(terms[outer], sympy.diff(terms[outer], s), terms)
            found += by_sum[name] * sympy.diff(terms[name], p)
        return found

    def _total(self, of: Any, derivative: Any, sums: Mapping[str, Any]) -> Any:
        """Σᵢ of a derivative, over as many numbers as what it is the derivative of has."""
        single = {symbol(name) for name in sums}
        names = of.free_symbols - single
        if not names or derivative == 0:
            return derivative
        expr, own = to_expr(derivative), derivative.free_symbols
        wide = names & {symbol("p"), symbol("v")}
        lost = sorted(wide, key=str)[-1:] if wide and not wide & own else [] if wide else names - own
        for missing in sorted(map(str, lost)):
            expr = Binary("+", expr, Binary("*", Number(0), Name(missing)))
        return symbol(self._name(expr))

    def _name(self, summed: Expr) -> str:
        known = (name for name, other in self.meant.items() if other == summed)
        name = next(known, f"sum{len(self.meant) + 1}")
        self.meant[name] = summed
        return name


def derivative(expr: Expr, name: str, decimals: bool = False) -> Expr:
    """The derivative of an expression by one of its names.

    With `decimals` its numbers are rounded to what float64 surely holds, so that those that differ by the
    rounding of the text alone fall together.
    """
    _affordable(expr)
    found = sympy.diff(to_sympy(expr), symbol(name))
    jumps = {jump: sympy.Integer(0) for jump in found.atoms(sympy.DiracDelta)}  # no slope beside them
    found = found.xreplace(jumps)
    return to_expr(_rounded(found) if decimals else _tidy(found))


def own_derivative(name: str) -> Expr:
    """The derivative of a pointwise op by `x`, as the op's file has it."""
    part = find("op", name)
    if part is None or not getattr(part, "pointwise", False):
        raise NoDerivative(f"`{name}` has no derivative rule; pointwise ops have one")
    return parse(cast("type[Pointwise]", part).derivative)


def _affordable(loss: Expr) -> None:
    """Algebra grows faster than its text: long losses and functions of mere numbers are refused."""
    nodes = list(walk(loss))
    if len(nodes) > LONGEST:
        raise NoDerivative(f"the objective has {len(nodes)} parts; {LONGEST} are the most")
    for node in nodes:
        if isinstance(node, Call) and not any(isinstance(n, Name) for arg in node.args for n in walk(arg)):
            raise NoDerivative("a function of numbers alone: write the number that it is")


def _rounded(expression: Any) -> Any:
    """Its numbers as decimals of twelve digits; terms that are then alike are one."""
    found = sympy.N(expression, 15)
    numbers = [x for x in found.atoms(sympy.Number) if not x.is_Integer]
    return found.xreplace({x: sympy.Float(f"{float(x):.12g}", 15) for x in numbers})


def symbol(name: str) -> Any:
    return sympy.Symbol(name, real=True)


def _tidy(expression: Any) -> Any:
    """Fold quotients such as sinh/cosh, which overflow where tanh does not; `simplify` is slow to load."""
    quotients = expression.atoms(sympy.cosh, sympy.sinh)
    return sympy.simplify(expression) if 0 < len(quotients) <= 2 else expression


@cache
def _function(name: str) -> Any:
    """A pointwise op as a SymPy function that differentiates by the op's own rule."""
    if name == "clamp":
        return type("clamp", (sympy.Function,), {"fdiff": _clamp_slope})
    rule = own_derivative(name)

    def fdiff(self: Any, argindex: int = 1) -> Any:
        return to_sympy(rule).subs(symbol("x"), self.args[0])

    return type(name, (sympy.Function,), {"fdiff": fdiff})


def _clamp_slope(self: Any, argindex: int = 1) -> Any:
    x, low, high = self.args
    step = _function("step")
    return step(x - low) * step(high - x) if argindex == 1 else sympy.Integer(0)


def to_sympy(expr: Expr) -> Any:
    """The expression as SymPy sees it: elements are real symbols."""
    match expr:
        case Number(value=value):
            return sympy.nsimplify(value, rational=True)
        case Name(text=text):
            return symbol(text)
        case Negative(value=value):
            return -to_sympy(value)
        case Binary(operator=operator, left=left, right=right):
            a, b = to_sympy(left), to_sympy(right)
            return {"+": a + b, "-": a - b, "*": a * b}[operator] if operator != "/" else a / b
        case Call(function=Name(text=name), args=args):
            made: Callable[..., Any] = OWN.get(name) or _function(name)
            return made(*map(to_sympy, args))
        case _:
            raise NoDerivative("an objective is made of numbers, names, arithmetic and pointwise ops")


def to_expr(expression: Any) -> Expr:
    """Back into the language, so that every backend prints it by its own table."""
    if expression.is_number and not expression.is_Rational:
        return _folded(expression)
    if expression.is_Symbol:
        return Name(str(expression))
    if expression.is_Integer:
        return Number(int(expression)) if expression >= 0 else Negative(Number(-int(expression)))
    if expression.is_Number:
        return Number(float(expression)) if expression >= 0 else Negative(Number(-float(expression)))
    if expression.is_Add:
        return _sum(expression)
    if expression.is_Mul:
        return _product(expression)
    if expression.is_Pow:
        return _power(expression)
    name = NAMES.get(expression.func) or expression.func.__name__
    return Call(Name(name), tuple(map(to_expr, expression.args)))


def _folded(expression: Any) -> Expr:
    """A number that SymPy keeps as a formula (√2, π), as the number it is."""
    number = complex(expression)
    if number.imag or not isfinite(number.real):
        raise NoDerivative(f"{expression} is no real number")
    return Number(number.real) if number.real >= 0 else Negative(Number(-number.real))


def _sum(expression: Any) -> Expr:
    """Terms with a plus first, then those with a minus."""
    terms = sorted(expression.as_ordered_terms(), key=lambda term: term.could_extract_minus_sign())
    out = to_expr(terms[0])
    for term in terms[1:]:
        minus = term.could_extract_minus_sign()
        out = Binary("-" if minus else "+", out, to_expr(-term if minus else term))
    return out


def _product(expression: Any) -> Expr:
    if expression.could_extract_minus_sign():
        return Negative(to_expr(-expression))
    numerator, denominator = sympy.fraction(expression)
    if denominator != 1 and not denominator.is_Number:
        return Binary("/", to_expr(numerator), to_expr(denominator))
    factors = [to_expr(factor) for factor in expression.as_ordered_factors()]
    out = factors[0]
    for factor in factors[1:]:
        out = Binary("*", out, factor)
    return out


def _power(expression: Any) -> Expr:
    base, exponent = expression.base, expression.exp
    if exponent == sympy.Rational(1, 2):
        return Call(Name("sqrt"), (to_expr(base),))
    if exponent.is_number and exponent < 0:
        return Binary("/", Number(1), to_expr(base**-exponent))
    whole = int(exponent) if exponent.is_number else 0
    if exponent - whole not in (0, sympy.Rational(1, 2)) or not 0 < whole <= 8:
        return _any_power(base, exponent)
    out = factor = to_expr(base)
    for _ in range(whole - 1):
        out = Binary("*", out, factor)
    return out if exponent == whole else Binary("*", out, Call(Name("sqrt"), (factor,)))


def _any_power(base: Any, exponent: Any) -> Expr:
    """Through the logarithm: of what is positive."""
    return Call(Name("exp"), (Binary("*", to_expr(exponent), Call(Name("log"), (to_expr(base),))),))
