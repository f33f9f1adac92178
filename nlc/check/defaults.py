"""A spec with every default written out: the same system, said in full."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from nlc.check.alike import alike, memories
from nlc.check.constants import constants
from nlc.check.draft import FIELDS
from nlc.check.evaluation import Constant, resolve
from nlc.check.training import FIELDS as MODEL_FIELDS
from nlc.ir.system import System
from nlc.parts.part import Op, Part
from nlc.parts.registry import find
from nlc.report import Report
from nlc.source import Span
from nlc.spec.expr import Binary, Call, Expr, Name, Negative, Node, Number, Pick, Pipe
from nlc.spec.file import Dim, Effect, Entry, Field, File, Form, Input, Let, Param, Return, Use
from nlc.spec.time import Every, Quantity, Renewed
from nlc.write.expr import print_expr

PARTS = ("structure", "objective", "optimizer", "retention", "init")
"""Fields of a memory that name a part."""


def filled(file: File, system: System) -> tuple[File, dict[int, str]]:
    """The file with the system's settings put in, all fields of its memories and all arguments.

    What has no spelling (an argument that is absent) and what depends on its place (`linear` without a
    size) stays as it is. With it come comments, by where the entry begins that each stands beside: what a
    param stands for, and the anchor where it is the update, since the checker would call that field idle.
    """
    filling = _Filling(file, system)
    return filling.file(), filling.comments


@dataclass
class _Filling:
    source: File
    system: System
    values: dict[str, Constant] = field(default_factory=dict[str, Constant])
    new: int = 0
    """How many fields were added; each has a place of its own, before the text."""
    comments: dict[int, str] = field(default_factory=dict[int, str])

    def file(self) -> File:
        self.values = constants(self.source, self.system.settings, Report()).values
        return replace(self.source, items=tuple(self.item(item) for item in self.source.items))

    def item(self, item: Use | Dim | Param | Form) -> Use | Dim | Param | Form:
        match item:
            case Dim(name=name) | Param(name=name):
                given = self.system.settings.get(name)
                return item if given is None else replace(item, value=given)
            case Form(kind="block" | "model"):
                return self.block(item)
            case _:
                return item

    def block(self, form: Form) -> Form:
        """A block or a model; its own inputs hide the file's names."""
        outer = self.values
        self.values = {name: value for name, value in outer.items() if name not in _names(form)}
        around = memories(form)
        whole = (alike(e, around, Report()) if isinstance(e, Form) else e for e in form.entries)
        entries = [self.entry(entry) for entry in whole]
        if form.kind == "model":
            entries = self.model(entries)
        self.values = outer
        return replace(form, inputs=self.inputs(form), entries=tuple(entries))

    def inputs(self, form: Form) -> tuple[Input, ...]:
        """With the shapes that all uses of the block have."""
        uses = [dict(block.inputs) for block in self.system.blocks if block.form.span == form.span]
        return tuple(
            self.input(item, [use[item.name] for use in uses if item.name in use]) for item in form.inputs
        )

    def input(self, item: Input, shapes: list[tuple[int, ...]]) -> Input:
        if item.shape is not None or item.default is not None or not shapes or len(set(shapes)) > 1:
            return item
        return replace(item, shape=(Name("T"), *(Number(size) for size in shapes[0])))

    def entry(self, entry: Entry) -> Entry:
        match entry:
            case Form(kind="memory"):
                return self.memory(entry)
            case Let(value=value) | Return(value=value):
                return replace(entry, value=self.expr(value))
            case Effect(call=call):
                return replace(entry, call=cast(Call, self.expr(call)))
            case _:
                return entry

    def model(self, entries: list[Entry]) -> list[Entry]:
        """The fields of a model, arguments and all."""
        found = {entry.name: entry for entry in entries if isinstance(entry, Field)}
        wanted: dict[str, Expr | Every] = {"optimizer": Name("adamw"), "update": Every(None, "step")}
        for name in MODEL_FIELDS:
            if name not in found and name in wanted:
                found[name] = self.field(name, wanted[name])
        fields = [self.part(found[name], name) for name in MODEL_FIELDS if name in found]
        return [*fields, *(entry for entry in entries if not isinstance(entry, Field))]

    def memory(self, form: Form) -> Form:
        """All its fields, in the order of the language's page, and its own lines behind them."""
        outer = self.values
        inner = _names(form) | ({form.family.name} if form.family else set[str]())
        self.values = {name: value for name, value in outer.items() if name not in inner}
        found = {entry.name: entry for entry in form.fields()}
        task = self.name_of(found.get("objective")) == "task"
        wanted: dict[str, Expr] = {"optimizer": Name("outer"), "init": Name("learned" if task else "zeros")}
        update = found["update"].value
        by_step = isinstance(update, Every) and update.unit == "step"
        if not by_step and self.name_of(found.get("structure")) != "cache":  # these keep all there is
            wanted["retention"] = Name("keep")
        if not task:
            wanted |= {name: Name(form.inputs[0].name) for name in ("keys", "values", "queries")}
        for name, value in wanted.items():
            if name not in found:
                found[name] = self.field(name, value)
        if not task and "anchor" not in found:
            self.comments[found["update"].span.start] = "# the anchor is the same"
        fields = [self.part(found[name], name) for name in FIELDS if name in found]
        others = [self.entry(entry) for entry in form.entries if not isinstance(entry, Field)]
        self.values = outer
        return replace(form, entries=(*others, *fields))

    def name_of(self, found: Field | None) -> str:
        """The part that a field names."""
        if found is None or isinstance(found.value, Every | Renewed | Quantity):
            return ""
        expr = resolve(found.value, self.values)
        name = expr.function if isinstance(expr, Call) else expr
        return name.text if isinstance(name, Name) else ""

    def field(self, name: str, value: Expr | Every) -> Field:
        self.new += 1
        span = Span(self.source.span.source, -self.new, -self.new)
        return Field(name, value, name_span=Node(span=span), span=span)

    def part(self, entry: Field, name: str) -> Field:
        """The field with all arguments of its part; streams with all arguments of their ops."""
        value = entry.value
        if isinstance(value, Renewed) and name in PARTS:
            return replace(entry, value=replace(value, value=self.arguments(name, value.value)))
        if isinstance(value, Every | Renewed | Quantity):
            return entry
        if name not in PARTS:
            return replace(entry, value=self.expr(value))
        full = self.arguments(name, value)
        function = value.function if isinstance(value, Call) else value
        if isinstance(function, Name) and function.text in self.values:
            self.comments[entry.span.start] = f"# {print_expr(full)}"
            return entry
        return replace(entry, value=full)

    def arguments(self, kind: str, expr: Expr) -> Expr:
        """The part that an expression stands for, with the arguments that were left to it."""
        expr = resolve(expr, self.values)
        name, args, named = _call(expr)
        found = find(kind, name)
        if found is None or found.name == "minimize":
            return expr
        given = tuple(
            self.argument(found, key, arg) for key, arg in zip(found.model_fields, args, strict=False)
        )
        kept = tuple((key, self.argument(found, key, value)) for key, value in named)
        left = [key for key in list(found.model_fields)[len(args) :] if key not in dict(named)]
        more = self.defaults(found.model_fields, left)
        return Call(Name(name), given, (*kept, *more), span=expr.span) if given or kept or more else expr

    def argument(self, found: type[Part], key: str, value: Expr) -> Expr:
        """A stream, or a part in a part."""
        kind = found.part_at(key)
        return self.arguments(kind.kind, value) if kind else self.expr(value)

    def defaults(self, fields: Mapping[str, object], left: list[str]) -> tuple[tuple[str, Expr], ...]:
        found: list[tuple[str, Expr]] = []
        for key in left:
            default = cast("object", getattr(fields[key], "default", None))
            expr = self.vocab(default) if key == "vocab" else _said(default)
            if expr is not None and not self.is_choice(expr):
                found.append((key, expr))
        return tuple(found)

    def is_choice(self, expr: Expr) -> bool:
        """A word that a param of this name would change."""
        named = self.values.get(expr.text) if isinstance(expr, Name) else None
        return named is not None and not isinstance(named, int | float)

    def vocab(self, default: object) -> Expr | None:
        """The file's dim, if there is one."""
        return Name("vocab") if "vocab" in self.values else _said(default)

    def expr(self, expr: Expr) -> Expr:
        """An expression whose ops have all their arguments."""
        match expr:
            case Pipe(value=value, stage=stage):
                return replace(expr, value=self.expr(value), stage=self.op(stage, 1))
            case Call():
                return self.op(expr, 0)
            case Binary(left=left, right=right):
                return replace(expr, left=self.expr(left), right=self.expr(right))
            case Negative(value=value):
                return replace(expr, value=self.expr(value))
            case _:
                return expr

    def op(self, expr: Expr, piped: int) -> Expr:
        """A call of an op; what else is called keeps its arguments."""
        name, args, named = _call(expr)
        if isinstance(expr, Call):
            args, named = tuple(map(self.expr, args)), tuple((key, self.expr(value)) for key, value in named)
            expr = replace(expr, args=args, named=named)
        found = cast("type[Op] | None", find("op", name)) if name not in self.hidden else None
        if found is None or isinstance(expr, Pick):
            return expr
        fixed = max(0, len(args) + piped - found.inputs)
        left = [key for key in list(found.model_fields)[fixed:] if key not in dict(named)]
        more = self.defaults(found.model_fields, left)
        return Call(Name(name), args, (*named, *more), span=expr.span) if more else expr

    @property
    def hidden(self) -> set[str]:
        """Names that are no ops here: blocks of the file or of those it uses, params, memories."""
        used = {name for use in self.source.uses() for name in use.names}
        return used | {form.name for form in self.source.forms()} | {*self.values}


def _names(form: Form) -> set[str]:
    """What a form's inputs and lines are called."""
    lines = {entry.name for entry in form.entries if isinstance(entry, Let)}
    return lines | {item.name for item in form.inputs} | {inner.name for inner in form.forms("memory")}


def _call(expr: Expr) -> tuple[str, tuple[Expr, ...], tuple[tuple[str, Expr], ...]]:
    """Name and arguments; no name where it is not a plain one."""
    match expr:
        case Name(text=text):
            return text, (), ()
        case Call(function=Name(text=text), args=args, named=named):
            return text, args, named
        case Call(args=args, named=named):
            return "", args, named
        case _:
            return "", (), ()


def _said(value: object) -> Expr | None:
    """A default as it is written; None for what is absent."""
    match value:
        case bool():
            return Name("true" if value else "false")
        case int() | float():
            return Number(value)
        case str():
            return Name(value)
        case _:
            return None
