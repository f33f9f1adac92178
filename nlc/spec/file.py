"""A file: what it uses, its sizes and choices, and its forms.

`block`, `memory`, `model`, `optimizer` and `schedule` are one syntactic form: the model is the
outermost memory and an optimizer is a block over gradients.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from nlc.spec.expr import Call, Expr, Node
from nlc.spec.time import Every, Quantity, Renewed

Kind = Literal["memory", "block", "model", "optimizer", "schedule"]
KINDS: tuple[Kind, ...] = ("memory", "block", "model", "optimizer", "schedule")


@dataclass(frozen=True)
class Range(Node):
    """`low..high`, integers, both ends included."""

    low: Expr
    high: Expr


@dataclass(frozen=True)
class Choices(Node):
    """`{a, b, c}`."""

    items: tuple[Expr, ...]


Domain = Range | Choices | Call  # Call: log(low, high)


@dataclass(frozen=True)
class Use(Node):
    """`use "path" (name, name)`."""

    path: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Dim(Node):
    """`dim name = value`: a positive integer."""

    name: str
    value: Expr


@dataclass(frozen=True)
class Param(Node):
    """`param name = value in domain`."""

    name: str
    value: Expr
    domain: Domain | None = None


@dataclass(frozen=True)
class Family(Node):
    """`[name in label, label]` behind a memory's name: one memory for each label."""

    name: str
    labels: tuple[Expr | Range, ...]


@dataclass(frozen=True)
class Input(Node):
    """`x: [T d]` (shape given), `x` (shape from the caller) or `rate=0.1` (default given)."""

    name: str
    shape: tuple[Expr, ...] | None = None
    default: Expr | None = None


@dataclass(frozen=True)
class Field(Node):
    """`ref: value`; `ref` is dotted in schedules (`titans.ltm: tile(…)`)."""

    name: str
    value: Expr | Every | Renewed | Quantity
    name_span: Node = field(default_factory=Node, compare=False, repr=False)


@dataclass(frozen=True)
class Let(Node):
    """`name = expr`."""

    name: str
    value: Expr


@dataclass(frozen=True)
class Return(Node):
    """`return expr`."""

    value: Expr


@dataclass(frozen=True)
class Effect(Node):
    """A call for what it does: `m.write(x)`."""

    call: Call


@dataclass(frozen=True)
class Form(Node):
    """`kind name[family](inputs) { entries }`; `name_span` is where its name stands."""

    kind: Kind
    name: str
    inputs: tuple[Input, ...] = ()
    entries: tuple[Entry, ...] = ()
    family: Family | None = None
    name_span: Node = field(default_factory=Node, compare=False, repr=False)

    def fields(self) -> list[Field]:
        return [entry for entry in self.entries if isinstance(entry, Field)]

    def forms(self, kind: Kind) -> list[Form]:
        return [entry for entry in self.entries if isinstance(entry, Form) and entry.kind == kind]

    def get(self, name: str) -> Field | None:
        """The first field of that name."""
        return next((entry for entry in self.fields() if entry.name == name), None)


Entry = Field | Let | Return | Effect | Form


@dataclass(frozen=True)
class File(Node):
    """One parsed file, in the order of its text. `version` is the language's (`nl 1`)."""

    version: int
    items: tuple[Use | Dim | Param | Form, ...]

    def uses(self) -> list[Use]:
        return [item for item in self.items if isinstance(item, Use)]

    def dims(self) -> list[Dim]:
        return [item for item in self.items if isinstance(item, Dim)]

    def params(self) -> list[Param]:
        return [item for item in self.items if isinstance(item, Param)]

    def forms(self) -> list[Form]:
        return [item for item in self.items if isinstance(item, Form)]


@dataclass(frozen=True)
class Project:
    """A file and every file it uses, none of them evaluated yet.

    Each `Use.path` in it is canonical: `std/cms.nl`, or a path relative to the project's root;
    `used` maps these to files. A used file may use others.
    """

    main: File
    used: tuple[tuple[str, File], ...] = ()

    def file(self, path: str) -> File:
        return dict(self.used)[path]
