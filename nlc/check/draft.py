"""A memory form on its way to a Memory: its fields found, its parts chosen, its sizes settled."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field

from nlc.check.choices import NEEDED, Choices, choose
from nlc.check.combinations import check_combination
from nlc.check.evaluation import Constant
from nlc.check.problem import Stopped, doubled, problem, unknown
from nlc.ir.system import Memory, Shape
from nlc.parts.part import ShapeError
from nlc.read.fields import MEMORY
from nlc.report import Label, Report
from nlc.source import Span
from nlc.spec.expr import Call, Expr, Name
from nlc.spec.file import Field, Form, Let
from nlc.spec.time import Every, Quantity, Renewed

FIELDS = MEMORY


@dataclass
class Draft:
    """One member of a memory form, before its first use says how wide its inputs are."""

    name: str
    form: Form
    constants: Mapping[str, Constant]
    report: Report
    siblings: Container[str] = ()
    fields: dict[str, Field] = field(default_factory=dict[str, Field])
    lets: dict[str, Expr] = field(default_factory=dict[str, Expr])
    streams: dict[str, Expr] = field(default_factory=dict[str, Expr])
    shapes: tuple[Shape, ...] = ()
    memory: Memory | None = None
    broken: bool = False
    doubtful: bool = False
    """A field is not understood, so what is missing or does not go together may be in it."""

    @property
    def says_task(self) -> bool:
        """Whether its objective is `task`, as far as the text alone says it."""
        value = self.fields["objective"].value if "objective" in self.fields else None
        name = value.function if isinstance(value, Call) else value
        return isinstance(name, Name) and name.text == "task"

    @property
    def identifier(self) -> str:
        return self.name.replace(".", "_")

    def find_fields(self) -> None:
        """Sort the entries; unknown, doubled and missing fields are said here."""
        for entry in self.form.entries:
            if isinstance(entry, Let):
                self._let(entry)
            elif isinstance(entry, Field):
                self._field(entry)
            else:
                label = "this belongs to the block"
                problem(self.report, "E0402", "a memory holds fields and lines", entry.span, label)
        for name in NEEDED:
            if name not in self.fields and not self.doubtful:
                message, label = f"memory `{self.form.name}` needs `{name}:`", f"add `{name}: …`"
                problem(self.report, "E0405", message, self.form.name_span.span, label)

    def _let(self, entry: Let) -> None:
        if entry.name in self.lets:
            doubled(self.report, f"`{entry.name}` is bound twice", entry.span, self.lets[entry.name].span)
        elif entry.name in FIELDS:
            message, label = f"a field is written `{entry.name}: …`", "this is a line of equations"
            problem(self.report, "E0402", message, entry.span, label)
        else:
            self.lets[entry.name] = entry.value

    def _field(self, entry: Field) -> None:
        place = entry.name_span.span
        if entry.name not in FIELDS:
            self.doubtful = True
            unknown(self.report, "E0402", "field of a memory", entry.name, FIELDS, place)
        elif entry.name in self.fields:
            first = self.fields[entry.name].name_span.span
            doubled(self.report, f"`{entry.name}` is given twice", place, first)
        else:
            self.fields[entry.name] = entry

    def expression(self, name: str) -> Expr | None:
        """The expression of a field; a period there is an error."""
        found = self.fields.get(name)
        if found is None:
            return None
        if isinstance(found.value, Every | Renewed | Quantity):
            place = found.value.span
            raise problem(self.report, "E0407", f"`{name}` is no time", place, "write an expression")
        return found.value

    def choose(self) -> Choices:
        """The parts and periods; what is wrong with them is said once."""
        if self.broken:
            raise Stopped(self.name)
        try:
            return choose(self)
        except Stopped:
            self.broken = True
            raise

    def settle(self, shapes: tuple[Shape, ...], came: Span) -> Memory:
        """The memory for inputs of these shapes, made at its first use; the first `came` from there."""
        if self.memory is None:
            chosen = self.choose()
            try:
                self.memory = self._memory(chosen, shapes, came)
            except Stopped:
                self.broken = True
                raise
            if not self.doubtful:
                check_combination(self.memory, self.report)
        return self.memory

    def _memory(self, chosen: Choices, shapes: tuple[Shape, ...], came: Span) -> Memory:
        width = shapes[0][0]
        try:
            sizes = chosen.structure.sizes(width)
        except ShapeError as wrong:
            place, also = self.fields["structure"].value.span, [Label(came, f"this is a vector of {width}")]
            label = f"memory `{self.name}` shares its input between them"
            raise problem(self.report, "E0302", str(wrong), place, label, also=also) from None
        self.shapes = shapes
        return Memory(
            name=self.name,
            form=self.form,
            width=width,
            sizes=sizes,
            structure=chosen.structure,
            objective=chosen.objective,
            optimizer=chosen.optimizer,
            retention=chosen.retention,
            init=chosen.init,
            update=chosen.update,
            anchor=chosen.anchor,
            renew=chosen.renew,
            rate=chosen.rate,
            beta=chosen.beta,
            erase=chosen.erase,
            erase_keys=chosen.erase_keys,
            ridge=chosen.ridge,
            keep=chosen.keep,
            loss=chosen.loss,
            window=chosen.window,
            counts=chosen.counts,
            span=self.form.name_span.span,
        )
