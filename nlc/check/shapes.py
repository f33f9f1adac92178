"""Shapes at one token: which go together, and how messages write them."""

from __future__ import annotations

from nlc.ir.system import Shape


def broadcast(a: Shape, b: Shape) -> Shape | None:
    """The shape of an element-wise result, or None."""
    if a == b or b in ((), (1,)):
        return a if a else b
    if a in ((), (1,)):
        return b
    if len(a) == len(b) == 2 and all(x == y or 1 in (x, y) for x, y in zip(a, b, strict=True)):
        return (max(a[0], b[0]), max(a[1], b[1]))
    return None


def show(shape: Shape) -> str:
    """A shape as messages write it."""
    match shape:
        case ():
            return "one number a token"
        case (size,):
            return f"a vector of {size}"
        case (heads, size):
            return f"{heads} head{'s' * (heads != 1)} of {size}"
        case _:
            return "×".join(map(str, shape))
