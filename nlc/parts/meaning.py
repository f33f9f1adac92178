"""What parts of a person's own stand for: their text, read and put in where they are used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import islice

from nlc.parts.part import Objective, Part
from nlc.parts.registry import find
from nlc.read import read_text
from nlc.report import SpecError
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


def literal(value: float | str | Part) -> Expr:
    """A number, a truth, an option word or a part as an expression."""
    if isinstance(value, Part):
        named = ((name, literal(given)) for name, given in value if given is not None)
        return Call(Name(value.name), (), tuple(named))
    if isinstance(value, bool | str):
        return Name(str(value).lower() if isinstance(value, bool) else value)
    return Negative(Number(-value)) if value < 0 else Number(value)


class NoLoss(Exception):
    """An objective of one's own gives no loss that can be used; the text says why."""


def own_loss(objective: Objective) -> Expr | None:
    """The loss that the part gives, with what own ops mean put in; None where it is not the part's own."""
    try:
        text = objective.expression()
        loss = None if text is None else inlined(parse(text))
    except SpecError as wrong:
        raise NoLoss(f"its loss cannot be read: {wrong.report.diagnostics[0].message}") from None
    except Exception as error:  # what it runs is the person's own
        raise NoLoss(f"its loss ends in {type(error).__name__}: {error}") from error
    known = {"p", "v", *getattr(objective, "objective", objective).streams}
    if loss is not None and is_large(loss):
        raise NoLoss("its loss is too large")
    if loss is not None and (strange := sorted(set(mentioned(loss)) - known)):
        raise NoLoss(f"its loss names `{strange[0]}`, which is neither `p` nor `v`")
    return loss


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
