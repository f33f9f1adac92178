"""What parts of a person's own stand for: their text, read and put in where they are used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import islice

from nlc.parts.part import Part
from nlc.parts.registry import find
from nlc.read import read_text
from nlc.source import Span
from nlc.spec.expr import Call, Expr, Name, Negative, Number, Pipe, rebuilt, replaced, walk

STREAM = "x"
"""What the text of an op calls its stream."""

LARGEST = 1000
"""Parts of an expression with all ops put in, which may grow faster than its text."""


@cache
def parse(text: str) -> Expr:
    """An expression of the language from its text; raises SpecError."""
    return read_text(f"nl 1\nparam x = {text}\n", "<part>").main.params()[0].value


def called(expr: Expr) -> Iterator[Name]:
    """The names of what it calls."""
    for node in walk(expr):
        function = node.function if isinstance(node, Call) else node.stage if isinstance(node, Pipe) else None
        if isinstance(function, Name):
            yield function


def mentioned(expr: Expr) -> Iterator[str]:
    """The names in it that stand for values."""
    functions = {id(name) for name in called(expr)}
    return (node.text for node in walk(expr) if isinstance(node, Name) and id(node) not in functions)


def stands_for(part: Part, streams: Mapping[str, Expr], span: Span) -> Expr:
    """What the part means with its arguments put in: `streams` by name, all others as they are.

    An argument that is absent is left out of the call that it would go to.
    """
    meaning = parse(part.means)
    absent = [Name(name) for name, value in part if value is None]
    if isinstance(meaning, Call):
        named = tuple(pair for pair in meaning.named if pair[1] not in absent)
        meaning = Call(meaning.function, meaning.args, named)
    numbers = {name: literal(value) for name, value in part if value is not None}
    return replaced(meaning, {**numbers, **streams}, span)


def literal(value: float | str) -> Expr:
    """A number, a truth or an option word as an expression."""
    if isinstance(value, bool | str):
        return Name(str(value).lower() if isinstance(value, bool) else value)
    return Negative(Number(-value)) if value < 0 else Number(value)


def inlined(expr: Expr) -> Expr:
    """The expression with what own ops mean in place of their calls."""
    if isinstance(expr, Call) and isinstance(expr.function, Name):
        found = find("op", expr.function.text)
        if found and found.means:
            args = dict(zip((STREAM, *found.model_fields), map(inlined, expr.args), strict=False))
            return replaced(inlined(parse(found.means)), args, expr.span)
    return rebuilt(expr, inlined)


def is_large(expr: Expr) -> bool:
    """Whether it has more than `LARGEST` parts; looks at no more than these."""
    return next(islice(walk(expr), LARGEST, None), None) is not None
