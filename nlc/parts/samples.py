"""Arguments that a part allows, and values that it must refuse: found from the types of its fields."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from nlc.parts.part import Objective, Part
from nlc.parts.registry import find, names

TRIES = 500
NUMBERS: dict[type, tuple[Any, ...]] = {
    int: (8, 2, 1),
    float: (0.5, 1.0, 2.0, 0.1, -1.0),
    bool: (False, True),
}


def sample(part: type[Part]) -> dict[str, Any] | None:
    """Allowed values for the arguments that must be given; None if none are found."""
    needed = {name: field for name, field in part.model_fields.items() if field.is_required()}
    choices = [list(_candidates(field.annotation)) for field in needed.values()]
    for values in islice(product(*choices), TRIES):
        given = dict(zip(needed, values, strict=True))
        try:
            part(**given)
        except ValidationError:
            continue
        return given
    return None


def _candidates(annotation: Any) -> Iterator[Any]:
    if annotation in NUMBERS:
        yield from NUMBERS[annotation]
    elif isinstance(annotation, type) and issubclass(annotation, Part):
        yield from _parts(annotation)
    elif get_origin(annotation) is Literal:
        yield from get_args(annotation)
    else:
        for inner in _inside(annotation):
            yield from _candidates(inner)


def _parts(kind: type[Part]) -> Iterator[Part]:
    """Parts of a kind that need no arguments: those with a loss, where it is an objective."""
    for name in names(kind.kind):
        made = (find(kind.kind, name) or kind).plain()
        if made and (not isinstance(made, Objective) or made.gives_loss()):
            yield made


def wrong_values(part: type[Part]) -> Iterator[tuple[str, Any]]:
    """An argument, and a value that is of no type or beyond a bound of it."""
    for name, field in part.model_fields.items():
        types = set(_types(field.annotation))
        yield name, [1]
        if str not in types:
            yield name, "no_such_word"
        if float not in types:
            yield name, 1.5
        if not types & {int, float}:
            yield name, 1
        if bool not in types:
            yield name, True
        for limit in _limits(field.annotation, field.metadata):
            yield name, limit


def _types(annotation: Any) -> Iterator[Any]:
    if isinstance(annotation, type):
        yield annotation
    elif get_origin(annotation) is not Literal:
        for inner in _inside(annotation):
            yield from _types(inner)


def _limits(annotation: Any, metadata: Any) -> Iterator[Any]:
    """Numbers just beyond each bound that the annotation says."""
    for item in metadata:
        if isinstance(item, FieldInfo):
            yield from _limits(None, item.metadata)
        for bound, beyond in (("gt", 0), ("ge", -1), ("lt", 0), ("le", 1)):
            limit = getattr(item, bound, None)
            if limit is not None:
                yield limit + beyond
    arguments = get_args(annotation)
    if get_origin(annotation) is Annotated:
        yield from _limits(arguments[0], arguments[1:])
    elif get_origin(annotation) is not Literal:
        for inner in arguments:
            yield from _limits(inner, ())


def _inside(annotation: Any) -> tuple[Any, ...]:
    arguments = get_args(annotation)
    return arguments[:1] if get_origin(annotation) is Annotated else arguments
