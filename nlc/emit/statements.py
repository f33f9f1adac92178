"""An expression as statements: what stands in it more than once, or leaves its line no room, has a name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from nlc.emit.table import Table
from nlc.emit.wrap import LIMIT
from nlc.spec.expr import Binary, Call, Expr, Name, Negative, children, rebuilt, renamed, walk

PART = "part"
"""Such a name and its number; no name of a user's reaches these lines."""


def stater(table: Table) -> Callable[..., str]:
    """`statements("target = {}", expr, indent, p="prediction")` for templates: lines of code."""

    def statements(form: str, expr: Expr, indent: int, **names: str) -> str:
        def write(form: str, expr: Expr) -> str:
            return form.format(table.expression(expr, names).text)

        def fits(form: str, expr: Expr) -> bool:
            return indent + len(write(form, expr)) <= LIMIT

        return f"\n{' ' * indent}".join(write(*statement) for statement in _statements(form, expr, fits))

    return statements


def _statements(form: str, expr: Expr, fits: Callable[[str, Expr], bool]) -> list[tuple[str, Expr]]:
    """Forms and what goes into them, each after those that it mentions; the last is the whole."""
    parts: list[tuple[str, Expr]] = [("", expr)]
    while (repeated := _repeated(part for _, part in parts)) is not None:
        parts = _with_name(parts, repeated)
    while crowded := [part for name, part in parts if not fits(f"{name} = {{}}" if name else form, part)]:
        inside = [child for expr in crowded for child in children(expr) if _operations(child)]
        if not inside:
            break
        parts = _with_name(parts, max(inside, key=_operations))
    names = {old: f"{PART}{count}" for count, (old, _) in enumerate(parts[:-1], 1)}
    return [(f"{names[old]} = {{}}" if old else form, renamed(part, names)) for old, part in parts]


def _with_name(parts: list[tuple[str, Expr]], shared: Expr) -> list[tuple[str, Expr]]:
    """With a name for this expression, which is told just before the first that uses it."""
    name = f"_{PART}{len(parts)}"  # no shorter than the name that it gets

    def replace(expr: Expr) -> Expr:
        return Name(name) if expr == shared else rebuilt(expr, replace)

    first = next(i for i, (_, part) in enumerate(parts) if shared in walk(part))
    changed = [(other, replace(part)) for other, part in parts]
    return [*changed[:first], (name, shared), *changed[first:]]


def _repeated(exprs: Iterable[Expr]) -> Expr | None:
    """The largest expression of more than one operation that stands there more than once."""
    counts = Counter(inner for expr in exprs for inner in walk(expr) if _operations(inner) > 1)
    again = [expr for expr, count in counts.items() if count > 1]
    return max(again, key=_operations, default=None)


def _operations(expr: Expr) -> int:
    return sum(isinstance(inner, Binary | Call | Negative) for inner in walk(expr))
