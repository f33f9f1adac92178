"""Expressions, values and domains as text, with the fewest parentheses."""

from __future__ import annotations

from nlc.source import NOWHERE
from nlc.spec.expr import Binary, Call, Expr, Get, Name, Negative, Number, Pick, Pipe
from nlc.spec.file import Choices, Domain, Form, Input, Range
from nlc.spec.time import Every, Quantity, Renewed
from nlc.write.pieces import Joined, Listed, Piece, Row, flat

# How tightly each kind of expression holds together; a pipe stands beside no operator.
_PIPE, _SUM, _TERM, _UNARY, _POST = range(5)
_POWER = {"+": _SUM, "-": _SUM, "*": _TERM, "/": _TERM}


def print_expr(expr: Expr, *, spelled: bool = False) -> str:
    """The text of an expression; `spelled` keeps each number as it was written."""
    return flat(pieces(expr, spelled=spelled))


def pieces(expr: Expr, *, spelled: bool = False) -> Piece:
    """The same as text that may be broken over lines."""
    return _print(expr, _PIPE, spelled)


def _print(expr: Expr, least: int, spelled: bool) -> Piece:
    piece, power = _plain(expr, spelled)
    fits = power >= least if power != _PIPE else least == _PIPE
    return piece if fits else Listed("(", (piece,), ")")


def _plain(expr: Expr, spelled: bool) -> tuple[Piece, int]:
    """The text and how tightly it holds together."""
    match expr:
        case Number():
            return print_number(expr, spelled), _UNARY if expr.value < 0 else _POST
        case Name(text=text):
            return text, _POST
        case Get(base=base, name=name):
            return Joined((_print(base, _POST, spelled), f".{name}")), _POST
        case Pick(base=base, index=index):
            return Joined((_print(base, _POST, spelled), "[", _print(index, _PIPE, spelled), "]")), _POST
        case Call(function=function, args=args, named=named):
            inside = [_print(arg, _PIPE, spelled) for arg in args]
            inside += [Joined((f"{name}=", _print(value, _PIPE, spelled))) for name, value in named]
            return Listed(f"{flat(_print(function, _POST, spelled))}(", tuple(inside), ")"), _POST
        case Pipe():
            return _pipe(expr, spelled), _PIPE
        case Binary():
            return _binary(expr, spelled), _POWER[expr.operator]
        case Negative(value=value):
            return Joined(("-", _print(value, _UNARY, spelled))), _UNARY


def _pipe(expr: Pipe, spelled: bool) -> Row:
    """Pipes after each other are one row."""
    stage = Joined(("|> ", _print(expr.stage, _POST, spelled)))
    if isinstance(expr.value, Pipe):
        before = _pipe(expr.value, spelled)
        return Row(before.first, (*before.rest, stage))
    return Row(_print(expr.value, _POST, spelled), (stage,))


def _binary(expr: Binary, spelled: bool) -> Row:
    """Operators of one strength after each other are one row."""
    power = _POWER[expr.operator]
    right = Joined((f"{expr.operator} ", _print(expr.right, power + 1, spelled)))
    if isinstance(expr.left, Binary) and _POWER[expr.left.operator] == power:
        before = _binary(expr.left, spelled)
        return Row(before.first, (*before.rest, right))
    return Row(_print(expr.left, power, spelled), (right,))


def print_number(number: Number, spelled: bool = False) -> str:
    if spelled and number.span is not NOWHERE:
        return number.span.text
    text = repr(number.value)
    if "e" not in text:
        return text
    digits, power = text.split("e")
    return f"{digits}e{int(power)}"


def print_value(value: Expr | Every | Renewed | Quantity, *, spelled: bool = False) -> str:
    """What stands behind a field's colon."""
    return flat(value_pieces(value, spelled=spelled))


def value_pieces(value: Expr | Every | Renewed | Quantity, *, spelled: bool = False) -> Piece:
    """The same as text that may be broken over lines."""
    match value:
        case Every(count=count, unit=unit):
            if count is None:
                return f"every {unit}"
            return f"every {print_expr(count, spelled=spelled)} {_units(count, unit)}"
        case Renewed(value=inner, every=every):
            return f"{print_expr(inner, spelled=spelled)} {print_value(every, spelled=spelled)}"
        case Quantity(count=count, unit=unit):
            return f"{print_expr(count, spelled=spelled)} {_units(count, unit)}"
        case _:
            return pieces(value, spelled=spelled)


def _units(count: Expr, unit: str) -> str:
    return unit if isinstance(count, Number) and count.value == 1 else f"{unit}s"


def print_range(bounds: Range, *, spelled: bool = False) -> str:
    return f"{print_expr(bounds.low, spelled=spelled)}..{print_expr(bounds.high, spelled=spelled)}"


def print_domain(domain: Domain, *, spelled: bool = False) -> str:
    return flat(domain_pieces(domain, spelled=spelled))


def domain_pieces(domain: Domain, *, spelled: bool = False) -> Piece:
    match domain:
        case Range():
            return print_range(domain, spelled=spelled)
        case Choices(items=items):
            return Listed("{", tuple(pieces(item, spelled=spelled) for item in items), "}")
        case Call():
            return pieces(domain, spelled=spelled)


def print_label(label: Expr | Range, *, spelled: bool = False) -> str:
    if isinstance(label, Range):
        return print_range(label, spelled=spelled)
    return print_expr(label, spelled=spelled)


def print_shape(shape: tuple[Expr, ...]) -> str:
    """The sizes alone: brackets are for the caller."""
    return " ".join(print_expr(size) for size in shape)


def _input(entry: Input, spelled: bool) -> Piece:
    if entry.default is not None:
        return Joined((f"{entry.name}=", pieces(entry.default, spelled=spelled)))
    return entry.name if entry.shape is None else f"{entry.name}: [{print_shape(entry.shape)}]"


def print_head(form: Form, *, spelled: bool = False) -> str:
    """`memory m[r in key, value](x)`."""
    return flat(head_pieces(form, spelled=spelled))


def head_pieces(form: Form, *, spelled: bool = False, behind: str = "") -> Piece:
    """The same as text that may be broken over lines."""
    parts: list[Piece] = [f"{form.kind} {form.name}"]
    if form.family:
        labels = tuple(print_label(label, spelled=spelled) for label in form.family.labels)
        parts.append(Listed(f"[{form.family.name} in ", labels, "]"))
    if form.inputs:
        parts.append(Listed("(", tuple(_input(entry, spelled) for entry in form.inputs), ")"))
    return Joined((*parts, behind))
