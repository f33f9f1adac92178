"""Expressions, values and domains as text, with the fewest parentheses."""

from __future__ import annotations

from nlc.source import NOWHERE
from nlc.spec.expr import Binary, Call, Expr, Get, Name, Negative, Number, Pick, Pipe
from nlc.spec.file import Choices, Domain, Family, Form, Input, Range
from nlc.spec.time import Every, Quantity, Renewed

# How tightly each kind of expression holds together; a pipe stands beside no operator.
_PIPE, _SUM, _TERM, _UNARY, _POST = range(5)
_POWER = {"+": _SUM, "-": _SUM, "*": _TERM, "/": _TERM}


def print_expr(expr: Expr, *, spelled: bool = False) -> str:
    """The text of an expression; `spelled` keeps each number as it was written."""
    return _print(expr, _PIPE, spelled)


def _print(expr: Expr, least: int, spelled: bool) -> str:
    text, power = _plain(expr, spelled)
    fits = power >= least if power != _PIPE else least == _PIPE
    return text if fits else f"({text})"


def _plain(expr: Expr, spelled: bool) -> tuple[str, int]:
    """The text and how tightly it holds together."""
    match expr:
        case Number():
            return print_number(expr, spelled), _UNARY if expr.value < 0 else _POST
        case Name(text=text):
            return text, _POST
        case Get(base=base, name=name):
            return f"{_print(base, _POST, spelled)}.{name}", _POST
        case Pick(base=base, index=index):
            return f"{_print(base, _POST, spelled)}[{_print(index, _PIPE, spelled)}]", _POST
        case Call(function=function, args=args, named=named):
            inside = [_print(arg, _PIPE, spelled) for arg in args]
            inside += [f"{name}={_print(value, _PIPE, spelled)}" for name, value in named]
            return f"{_print(function, _POST, spelled)}({', '.join(inside)})", _POST
        case Pipe(value=value, stage=stage):
            before = _plain(value, spelled)[0] if isinstance(value, Pipe) else _print(value, _POST, spelled)
            return f"{before} |> {_print(stage, _POST, spelled)}", _PIPE
        case Binary(operator=operator, left=left, right=right):
            power = _POWER[operator]
            text = f"{_print(left, power, spelled)} {operator} {_print(right, power + 1, spelled)}"
            return text, power
        case Negative(value=value):
            return f"-{_print(value, _UNARY, spelled)}", _UNARY


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
            return print_expr(value, spelled=spelled)


def _units(count: Expr, unit: str) -> str:
    return unit if isinstance(count, Number) and count.value == 1 else f"{unit}s"


def print_range(bounds: Range, *, spelled: bool = False) -> str:
    return f"{print_expr(bounds.low, spelled=spelled)}..{print_expr(bounds.high, spelled=spelled)}"


def print_domain(domain: Domain, *, spelled: bool = False) -> str:
    match domain:
        case Range():
            return print_range(domain, spelled=spelled)
        case Choices(items=items):
            return "{" + ", ".join(print_expr(item, spelled=spelled) for item in items) + "}"
        case Call():
            return print_expr(domain, spelled=spelled)


def print_label(label: Expr | Range, *, spelled: bool = False) -> str:
    if isinstance(label, Range):
        return print_range(label, spelled=spelled)
    return print_expr(label, spelled=spelled)


def print_family(family: Family, *, spelled: bool = False) -> str:
    return f"[{family.name} in {', '.join(print_label(label, spelled=spelled) for label in family.labels)}]"


def print_shape(shape: tuple[Expr, ...]) -> str:
    """The sizes alone: brackets are for the caller."""
    return " ".join(print_expr(size) for size in shape)


def print_input(entry: Input, *, spelled: bool = False) -> str:
    if entry.default is not None:
        return f"{entry.name}={print_expr(entry.default, spelled=spelled)}"
    return entry.name if entry.shape is None else f"{entry.name}: [{print_shape(entry.shape)}]"


def print_head(form: Form, *, spelled: bool = False) -> str:
    """`memory m[r in key, value](x)`."""
    family = print_family(form.family, spelled=spelled) if form.family else ""
    inputs = ", ".join(print_input(entry, spelled=spelled) for entry in form.inputs)
    return f"{form.kind} {form.name}{family}" + (f"({inputs})" if form.inputs else "")
