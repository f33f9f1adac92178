"""A part as its file describes it: arguments, equation, source; as a value, from which text is made."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import AfterValidator
from pydantic.fields import FieldInfo

from nlc.parts.part import Fraction, Op, Part, Positive, Rate
from nlc.parts.registry import KINDS, find, names, owners

TYPES = {int: "int", float: "number", bool: "bool", str: "stream", type(None): ""}
BOUNDS = {"gt": "> {}", "ge": "≥ {}", "lt": "< {}", "le": "≤ {}"}
SHARED = {get_args(Rate)[1]: "≥ 0", get_args(Fraction)[1]: "0 to 1", get_args(Positive)[1]: "> 0"}
STREAMS = ("x", "y")
HUGE = 2**31
"""A bound that only keeps numbers from overflowing is not told."""


@dataclass(frozen=True)
class Argument:
    """One argument. `default` is its text in a spec: None if it must be given, "" if it may be absent."""

    name: str
    type: str
    range: str
    default: str | None
    about: str

    def __str__(self) -> str:
        given = "" if self.default is None else f" = {self.default}" if self.default else "?"
        return f"{self.name}: {self.type}{given}"


@dataclass(frozen=True)
class Description:
    """What a part says of itself.

    `streams` are what an op takes before its arguments; `owner` is empty for nlc's own parts.
    """

    kind: str
    name: str
    streams: tuple[str, ...]
    arguments: tuple[Argument, ...]
    summary: str
    about: str
    equation: str
    means: str
    source: str
    owner: str
    file: str

    @property
    def signature(self) -> str:
        inside = ", ".join([*self.streams, *map(str, self.arguments)])
        return f"{self.name}({inside})" if inside else self.name

    def json(self) -> dict[str, Any]:
        return {"signature": self.signature, **asdict(self)}


def every(kind: str | None = None) -> Iterator[Description]:
    """All parts, or those of a kind, in the order of kinds and names."""
    for each in KINDS if kind is None else (kind,):
        for name in names(each):
            part = find(each, name)
            assert part is not None
            yield describe(part)


def describe(part: type[Part]) -> Description:
    about, source = _words(part)
    own = owners().get((part.kind, part.name))
    return Description(
        kind=part.kind,
        name=part.name,
        streams=STREAMS[: part.inputs] if issubclass(part, Op) else (),
        arguments=tuple(_argument(part, name, field) for name, field in part.model_fields.items()),
        summary=about.split("\n\n")[0].split("\n")[0],
        about=about,
        equation=part.equation,
        means=part.means,
        source=source,
        owner=own.owner if own else "",
        file=own.file if own else _place(part),
    )


def _words(part: type[Part]) -> tuple[str, str]:
    """The docstring, and the source that it ends with."""
    about, _, source = inspect.cleandoc(part.__dict__.get("__doc__") or "").partition("Source: ")
    return about.strip(), " ".join(source.split()).removesuffix(".")


def _place(part: type[Part]) -> str:
    """The file as one finds it in nlc's sources."""
    path = Path(inspect.getfile(part))
    return f"nlc/parts/{part.kind}/{path.name}"


def _argument(part: type[Part], name: str, field: FieldInfo) -> Argument:
    default = None if field.is_required() else _text(field.get_default())
    bounds = " and ".join(dict.fromkeys(filter(None, _bounds(field.annotation, field.metadata))))
    types = "|".join(dict.fromkeys(filter(None, _types(field.annotation))))
    return Argument(name, types, bounds, default, field.description or "")


def _text(value: Any) -> str:
    """As it stands in a spec; nothing for an argument that may be absent."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _types(annotation: Any) -> Iterator[str]:
    if annotation in TYPES:
        yield TYPES[annotation]
    elif isinstance(annotation, type) and issubclass(annotation, Part):
        yield annotation.kind
    elif get_origin(annotation) is Literal:
        yield from map(str, get_args(annotation))
    elif get_origin(annotation) is Annotated:
        yield from _types(get_args(annotation)[0])
    else:
        for inner in get_args(annotation):
            yield from _types(inner)


def _bounds(annotation: Any, metadata: Any) -> Iterator[str]:
    """The limits of a number in words, wherever in the annotation they stand."""
    for item in metadata:
        if isinstance(item, FieldInfo):
            yield from _bounds(None, item.metadata)
        elif isinstance(item, AfterValidator):
            yield SHARED.get(item, "")
        for bound, text in BOUNDS.items():
            limit = getattr(item, bound, None)
            if limit is not None and limit != HUGE:
                yield text.format(limit)
    arguments = get_args(annotation)
    if get_origin(annotation) is Annotated:
        yield from _bounds(arguments[0], arguments[1:])
    elif get_origin(annotation) is not Literal:
        for inner in arguments:
            yield from _bounds(inner, ())


def page(found: Description) -> str:
    """The description as a person reads it."""
    lines = [f"{found.kind} {found.name}", "", found.about]
    if found.equation:
        lines += ["", f"    {found.equation}"]
    if found.means:
        lines += ["", f"means   {found.means}"]
    if found.arguments:
        lines += ["", *_table(found.arguments)]
    lines += ["", f"source  {found.source or 'not said'}"]
    lines += [f"file    {found.file}"] + ([f"owner   {found.owner}"] if found.owner else [])
    return "\n".join(lines)


def argument_page(found: Description, argument: Argument) -> str:
    """One argument as a person reads it."""
    head = f"{argument.name}, argument of {found.kind} {found.name}"
    return "\n".join([head, "", *_table((argument,)), "", f"part      {found.name}: {found.summary}"])


def _table(arguments: Sequence[Argument]) -> Iterator[str]:
    rows = [
        (a.name, a.type, a.range, "required" if a.default is None else a.default or "absent", a.about)
        for a in arguments
    ]
    rows.insert(0, ("argument", "type", "range", "default", ""))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        cells = [f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)]
        yield "  ".join([*cells, row[4]]).rstrip()


def table(found: list[Description]) -> str:
    """One line a part: kind, name and arguments, what it is."""
    width = max((len(each.kind) for each in found), default=0)
    wide = min(34, max((len(each.signature) for each in found), default=0))
    return "\n".join(
        f"{each.kind:<{width}}  {each.signature:<{wide}}  {each.summary}"
        + (f"  [{each.owner}]" if each.owner else "")
        for each in found
    )
