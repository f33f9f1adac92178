"""Lines that are one number, the same at every token: written out, or made of a block's `layer`."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as Known

from nlc.ir.system import Value

SIGNS = ("add", "sub", "mul", "div", "neg")
FUNCTIONS = ("exp", "log", "sqrt")
"""What makes numbers of numbers."""


def is_number(value: Value, known: Known[int]) -> bool:
    """Whether it is one, when `known` are those before it."""
    if value.op in ("number", "layer"):
        return True
    return value.op in (*SIGNS, *FUNCTIONS) and all(arg in known for arg in value.args)


def numbers(values: Iterable[Value]) -> frozenset[int]:
    """The lines of a block that are one."""
    found: set[int] = set()
    for value in values:
        if is_number(value, found):
            found.add(value.index)
    return frozenset(found)
