"""One use of a block: its entries become lines, its memory forms drafts and then memories."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager

from nlc.check.constants import Constant
from nlc.check.context import FAILED, Bound, Context, Line, Result
from nlc.check.draft import FIELDS, STREAMS, Draft
from nlc.check.expressions import infer, infer_lines
from nlc.check.families import write_all
from nlc.check.labels import labels
from nlc.check.lines import Lines
from nlc.check.mentions import check_names
from nlc.check.problem import Stopped, doubled, problem, unknown
from nlc.check.scope import FUNCTIONS, Scope
from nlc.check.workshop import Workshop, too_deep
from nlc.ir.system import Block, Shape
from nlc.parts.registry import names as part_names
from nlc.report import Label
from nlc.source import Span
from nlc.spec.expr import Expr
from nlc.spec.file import Effect, Entry, Field, Form, Let, Return
from nlc.spec.time import Every, Quantity, Renewed


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
        self.modules: set[str] = set()
        places = {item.name: item.span for item in form.inputs}
        names: dict[str, Bound] = {
            name: self.lines.add("input", (), shape, places.get(name, form.name_span.span), name=name)
            for name, shape in inputs.items()
        }
        self.inputs = inputs
        self.body = Context("", names, constants=self.constants, owned=self.modules)

    def build(self, name: str) -> Block:
        """All entries in the order of the text; a wrong one is reported and the others go on."""
        for form in self.form.forms("memory"):
            self._attempt(lambda form=form: self._define(form))
        for entry in self.form.entries:
            self._attempt(lambda entry=entry: self._entry(entry))
        if not any(isinstance(entry, Return) for entry in self.form.entries):
            place = self.form.name_span.span
            problem(self.report, "E0405", f"`{self.form.name}` returns nothing", place, "add `return …`")
        for draft in self.drafts.values():
            if draft.memory is None:
                self._attempt(lambda draft=draft: self._unsettled(draft))
        memories = tuple(draft.memory for draft in self.drafts.values() if draft.memory)
        return Block(
            name,
            self.form,
            tuple(self.inputs.items()),
            memories,
            tuple(self.lines.values),
            self.result.index if self.result else 0,
            self.calls,
        )

    def _attempt(self, step: Callable[[], object]) -> None:
        try:
            step()
        except Stopped:
            self.stack.clear()

    # -- entries

    def _entry(self, entry: Entry) -> None:
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
        self._free(entry.name, entry.span)
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
            problem(self.report, "E0419", "`scan` is not built yet", place, "take this line out")
        elif entry.name in FIELDS:
            label = "write it inside a memory"
            problem(self.report, "E0402", f"`{entry.name}` is a field of a memory", place, label)
        else:
            unknown(self.report, "E0402", "field of a block", entry.name, (), place)

    def _free(self, name: str, span: Span) -> None:
        taken = (self.body.names, self.drafts, self.families, self.scope.constants.places)
        if any(name in names for names in taken):
            note = "names are bound once"
            raise doubled(self.report, f"`{name}` is bound twice", span, None, note)

    # -- memories

    def _define(self, form: Form) -> None:
        self._free(form.name, form.name_span.span)
        if form.name in FUNCTIONS:
            place = form.name_span.span
            raise problem(
                self.report, "E0406", f"`{form.name}` is a word of the language", place, "choose another name"
            )
        if not form.inputs:
            message, place = f"memory `{form.name}` needs an input", form.name_span.span
            raise problem(self.report, "E0405", message, place, f"write `{form.name}(x)`")
        self._memory_inputs(form)
        if form.family is None:
            self._draft(form.name, form, self.constants)
            return
        self.families[form.name] = []
        for label, bound in labels(form.family, self.constants, self.report, self.workshop.allowance):
            self.families[form.name].append(label)
            self._draft(f"{form.name}.{label}", form, self.constants | {form.family.name: bound})

    def _memory_inputs(self, form: Form) -> None:
        seen: set[str] = set()
        for item in form.inputs:
            if item.default is not None:
                label = "a stream, as the block's inputs are"
                raise problem(self.report, "E0402", "an input of a memory has no default", item.span, label)
            if item.name in seen:
                raise doubled(self.report, f"`{item.name}` is given twice", item.span, None)
            seen.add(item.name)

    def _draft(self, name: str, form: Form, constants: Mapping[str, Constant]) -> None:
        siblings = frozenset(inner.name for inner in self.form.forms("memory"))
        draft = Draft(name, form, constants, self.report, siblings)
        if draft.identifier in self.modules:
            note = f"it would be the same as `{draft.identifier}`"
            raise doubled(self.report, f"`{name}` is bound twice", form.name_span.span, None, note)
        self.workshop.allowance.spend(self.report, form.name_span.span)
        self.modules.add(draft.identifier)
        draft.find_fields()
        self.drafts[name] = draft

    def _unsettled(self, draft: Draft) -> None:
        """A memory that nothing uses, or whose parts are wrong: its names can be checked at least."""
        if not draft.broken:
            if not self.report.errors:
                message, place = f"`{draft.name}` is never used", draft.form.name_span.span
                problem(self.report, "W0403", message, place, "read it, write it, or take it out")
            self._attempt(draft.choose)
        inner = {item.name for item in draft.form.inputs} | set(draft.lets) | set(draft.constants)
        names = inner | set(self.body.known()) | set(self.drafts) | set(self.families)
        functions = {*part_names("op"), *self.scope.blocks, *self.drafts, *self.families, *FUNCTIONS}
        for expr in self._expressions(draft):
            check_names(expr, names, functions, self.report)

    def _expressions(self, draft: Draft) -> Iterator[Expr]:
        yield from draft.lets.values()
        yield from draft.streams.values()
        for name in STREAMS:
            found = draft.fields.get(name)
            if found and not isinstance(found.value, Every | Renewed | Quantity):
                yield found.value

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
        also = [Label(place, f"`{name}` is needed here") for name, place in between]
        memory = what.rpartition(".")[0]
        notes = [f"use `{memory}.read(x)` to read its previous state"]
        message = "these memories wait for each other within one moment"
        label = f"`{what}` is needed again for itself"
        return problem(self.report, "E0501", message, span, label, also=also, notes=notes)
