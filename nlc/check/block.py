"""One use of a block: its entries become lines, its memory forms drafts and then memories."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager

from nlc.check.alike import memories
from nlc.check.context import FAILED, Bound, Context, Line, Result
from nlc.check.draft import FIELDS, Draft
from nlc.check.evaluation import Constant
from nlc.check.expressions import infer, infer_lines
from nlc.check.families import write_all
from nlc.check.instance import LAYER
from nlc.check.lines import Lines
from nlc.check.memories import check_unused, define
from nlc.check.problem import Stopped, doubled, problem, unknown
from nlc.check.scans import scan_of
from nlc.check.scope import Scope
from nlc.check.workshop import Workshop, too_deep
from nlc.ir.system import Block, Shape
from nlc.report import Fix, Label
from nlc.source import Span
from nlc.spec.expr import Expr, Name
from nlc.spec.file import Effect, Entry, Field, Form, Let, Return


class Builder:
    """Checks one block."""

    def __init__(
        self,
        workshop: Workshop,
        form: Form,
        scope: Scope,
        constants: Mapping[str, Constant],
        inputs: Mapping[str, Shape],
    ) -> None:
        self.workshop, self.form, self.scope = workshop, form, scope
        self.report = workshop.report
        self.lines = Lines(workshop.report, workshop.allowance)
        self.constants = dict(constants)
        self.drafts: dict[str, Draft] = {}
        self.families: dict[str, list[str]] = {}
        self.calls: dict[str, str] = {}
        self.stack: list[tuple[str, Span]] = []
        self.result: Line | None = None
        self.scan = 0
        self.entry: Span | None = None
        """The line of the body that is being looked at."""
        self.siblings = memories(form)
        self.modules: dict[str, int] = {}
        self.places = {name: item.span for name, item in scope.constants.places.items()}
        self.places |= {item.name: item.span for item in form.inputs}
        names: dict[str, Bound] = {
            name: self.lines.add("input", (), shape, self.places[name], name=name)
            for name, shape in inputs.items()
        }
        if any(item.name == LAYER for item in form.inputs) and LAYER not in {*inputs, *self.constants}:
            names[LAYER] = self.lines.add(LAYER, (), (), self.places[LAYER], name=LAYER)
        self.inputs = inputs
        self.body = Context("", names, constants=self.constants, owned=self.modules)

    def build(self, name: str) -> Block:
        """All entries in the order of the text; a wrong one is reported and the others go on."""
        for form in self.form.forms("memory"):
            self.attempt(lambda form=form: define(self, form))
        for entry in self.form.entries:
            self.attempt(lambda entry=entry: self._entry(entry))
        if not any(isinstance(entry, Return) for entry in self.form.entries):
            self._returns_nothing()
        check_unused(self)
        if self.result is None:
            self.workshop.failed.add(name)
        made = tuple(draft.memory for draft in self.drafts.values() if draft.memory)
        return Block(
            name,
            self.form,
            tuple(self.inputs.items()),
            made,
            tuple(self.lines.values),
            self.result.index if self.result else 0,
            self.calls,
            self.scan,
        )

    def _returns_nothing(self) -> None:
        place, label, fix = self.form.name_span.span, "add `return …`", None
        last = max(self.form.entries, key=lambda entry: entry.span.start, default=None)
        if isinstance(last, Effect) and isinstance(last.call.function, Name):
            place, label = last.span, "put `return` before the last line"
            fix = Fix(label, Span(place.source, place.start, place.start), "return ")
        problem(self.report, "E0405", f"`{self.form.name}` returns nothing", place, label, fix=fix)

    def attempt(self, step: Callable[[], object]) -> None:
        try:
            step()
        except Stopped:
            self.stack.clear()

    # -- entries

    def _entry(self, entry: Entry) -> None:
        self.entry = entry.span
        match entry:
            case Let():
                self._let(entry)
            case Return(value=value):
                if self.result is not None:
                    raise doubled(self.report, "a block returns once", entry.span, None)
                found = self.infer(value, self.place("out"))
                self.result = self.lines.number(found, value.span)
            case Effect():
                write_all(self, entry.call, self.place("effect"))
            case Field():
                self._field(entry)
            case Form(kind=kind) if kind != "memory":
                label = "move it out"
                problem(self.report, "E0402", f"a {kind} stands in no block", entry.name_span.span, label)
            case Form():
                pass

    def place(self, owner: str) -> Context:
        """Where an equation of the block stands."""
        return Context(owner, {}, constants=self.constants, outer=self.body, owned=self.modules)

    def _let(self, entry: Let) -> None:
        self.bind(entry.name, _name_of(entry))
        self.body.names[entry.name] = FAILED
        found = self.infer(entry.value, self.place(entry.name))
        self.body.names[entry.name] = found
        if isinstance(found, Line):
            self.lines.name(found, entry.name)

    def _field(self, entry: Field) -> None:
        if self.form.kind == "model":
            return  # its fields are those of the outermost memory: nlc.check.training
        place = entry.name_span.span
        if entry.name == "scan":
            if self.scan:
                raise doubled(self.report, "`scan` is given twice", place, None)
            self.scan = scan_of(entry, self.constants, self.report)
        elif entry.name in FIELDS:
            label = "write it inside a memory"
            problem(self.report, "E0402", f"`{entry.name}` is a field of a memory", place, label)
        else:
            unknown(self.report, "E0402", "field of a block", entry.name, ("scan",), place)

    def bind(self, name: str, span: Span) -> None:
        if name in self.places:
            raise doubled(self.report, f"`{name}` is bound twice", span, self.places[name])
        self.places[name] = span

    # -- what expressions ask for

    def infer(self, expr: Expr, context: Context, want: Shape | None = None) -> Result:
        return infer(self, expr, context, want)

    def infer_lines(
        self, exprs: tuple[Expr, ...], context: Context, want: Shape | None = None
    ) -> tuple[Line, ...]:
        return infer_lines(self, exprs, context, want)

    @contextmanager
    def entered(self, what: str, span: Span) -> Generator[None]:
        """A field begins; meeting it again before it ends is a circle within one moment."""
        names = [name for name, _ in self.stack]
        if what in names:
            raise self._circle(what, span, self.stack[names.index(what) + 1 :])
        if len(self.stack) >= self.workshop.nesting:
            raise too_deep(self.report, span, self.workshop.nesting)
        self.stack.append((what, span))
        try:
            yield
        finally:
            if self.stack:
                self.stack.pop()

    def _circle(self, what: str, span: Span, between: Iterable[tuple[str, Span]]) -> Stopped:
        also = [Label(place, f"`{name}` needs this") for name, place in between]
        memory = what.rpartition(".")[0]
        notes = [f"use `{memory}.read(x)` to read its previous state"]
        message = "these memories wait for each other within one moment"
        label = f"`{what}` needs this, and this needs `{what}`"
        return problem(self.report, "E0501", message, span, label, also=also, notes=notes)


def _name_of(entry: Let) -> Span:
    """A line begins with its name."""
    span = entry.span
    return Span(span.source, span.start, span.start + len(entry.name))
