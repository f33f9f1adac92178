"""A memory form on its way to a Memory: its fields found, its parts built, its periods known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from nlc.check.arguments import part, resolve
from nlc.check.constants import Constant, evaluate
from nlc.check.problem import Stopped, problem, unknown
from nlc.check.times import anchor_of, period, update_of
from nlc.ir.system import Memory, Operand
from nlc.parts.part import Init, Objective, Optimizer, Part, Retention, ShapeError, Structure
from nlc.report import Label, Report
from nlc.spec.expr import Call, Expr, Name, Number, Pick, walk
from nlc.spec.file import Field, Form, Let
from nlc.spec.time import Every, Quantity, Renewed

FIELDS = (
    "structure",
    "keys",
    "values",
    "queries",
    "objective",
    "optimizer",
    "retention",
    "update",
    "anchor",
    "init",
)
STREAMS = ("keys", "values", "queries")


@dataclass
class Draft:
    """One member of a memory form, before its first use says how wide its input is."""

    name: str
    form: Form
    constants: Mapping[str, Constant]
    report: Report
    fields: dict[str, Field] = field(default_factory=dict[str, Field])
    lets: dict[str, Expr] = field(default_factory=dict[str, Expr])
    streams: dict[str, Expr] = field(default_factory=dict[str, Expr])
    memory: Memory | None = None
    uses: set[str] = field(default_factory=set[str])

    def find_fields(self) -> None:
        """Sort the entries; unknown and doubled fields are said here."""
        for entry in self.form.entries:
            if isinstance(entry, Let):
                self.lets[entry.name] = entry.value
            elif isinstance(entry, Field):
                self._field(entry)
            else:
                problem(
                    self.report,
                    "E0402",
                    "a memory holds fields and lines",
                    entry.span,
                    "this belongs to the block",
                )
        for name in ("structure", "objective", "update"):
            if name not in self.fields:
                place = self.form.name_span.span
                problem(
                    self.report,
                    "E0405",
                    f"memory `{self.form.name}` needs `{name}:`",
                    place,
                    f"add `{name}: …`",
                )

    def _field(self, entry: Field) -> None:
        if entry.name not in FIELDS:
            unknown(self.report, "E0402", "field of a memory", entry.name, FIELDS, entry.name_span.span)
        elif entry.name in self.fields:
            first = Label(self.fields[entry.name].name_span.span, "first given here")
            problem(
                self.report,
                "E0406",
                f"`{entry.name}` is given twice",
                entry.name_span.span,
                "given again",
                also=[first],
            )
        else:
            self.fields[entry.name] = entry

    def expression(self, name: str) -> Expr | None:
        """The expression of a field; a period there is an error."""
        found = self.fields.get(name)
        if found is None:
            return None
        if isinstance(found.value, Every | Renewed | Quantity):
            raise problem(
                self.report, "E0407", f"`{name}` is no time", found.value.span, "write an expression"
            )
        return found.value

    def settle(self, width: int) -> Memory:
        """Build the parts for an input of `width` numbers; once."""
        if self.memory is None:
            self.memory = self._settle(width)
        return self.memory

    def _settle(self, width: int) -> Memory:
        if any(name not in self.fields for name in ("structure", "objective", "update")):
            raise Stopped(self.name)
        structure = cast(Structure, self._part("structure"))
        objective = cast(Objective, self._part("objective"))
        optimizer = cast(Optimizer, self._part("optimizer", "outer"))
        retention = cast(Retention, self._part("retention", "keep"))
        task = objective.name == "task"
        init, renew = self._init("learned" if task else "zeros")
        update = update_of(self, task)
        try:
            sizes = structure.sizes(width)
        except ShapeError as wrong:
            place = self.fields["structure"].value.span
            raise problem(
                self.report, "E0302", str(wrong), place, f"the input is a vector of {width}"
            ) from None
        return Memory(
            name=self.name,
            form=self.form,
            width=width,
            sizes=sizes,
            structure=structure,
            objective=objective,
            optimizer=optimizer,
            retention=retention,
            init=init,
            update=update,
            anchor=anchor_of(self, update),
            renew=renew,
            rate=_operand(optimizer, "lr"),
            beta=_or_none(_operand(optimizer, "beta"), 0.0) if optimizer.momentum else None,
            erase=self._erase(optimizer),
            keep=_or_none(_operand(retention, "fraction"), 1.0),
            loss=self._loss() if objective.name == "minimize" else None,
            span=self.form.name_span.span,
        )

    def _part(self, kind: str, default: str = "") -> Part:
        expr = self.expression(kind)
        if expr is None:
            expr = Name(default, span=self.form.name_span.span)
        found, streams = part(kind, expr, self.constants, self.report)
        self.streams.update(streams)
        return found

    def _init(self, default: str) -> tuple[Init, int]:
        found = self.fields.get("init")
        value = found.value if found else Name(default)
        renew = 0
        if isinstance(value, Renewed):
            every = period(value.every, self.constants, self.report)
            if every.unit != "token":
                raise problem(
                    self.report,
                    "E0202",
                    "a state starts again after tokens",
                    value.every.span,
                    "write `tokens`",
                )
            renew, value = every.count, value.value
        if isinstance(value, Every | Quantity):
            raise problem(self.report, "E0407", "`init` is no time", value.span, "write `learned` or `zeros`")
        return cast(Init, part("init", value, self.constants, self.report)[0]), renew

    def _erase(self, optimizer: Optimizer) -> Operand:
        if not optimizer.erases or _operand(optimizer, "erase") == "none":
            return None
        own = _operand(optimizer, "erase_rate")
        return _operand(optimizer, "lr") if own is None else own

    def _loss(self) -> Expr:
        """The user's own objective, with constants put in."""
        written = self.expression("objective")
        call = resolve(written, self.constants) if written else None
        if not isinstance(call, Call) or len(call.args) != 1 or call.named:
            place = written.span if written else self.form.span
            raise problem(
                self.report, "E0405", "`minimize` takes one expression", place, "write `minimize(EXPR)`"
            )
        return self.substitute(call.args[0])

    def substitute(self, expr: Expr) -> Expr:
        """The expression with constants in place of their names."""
        from dataclasses import replace

        number = None if isinstance(expr, Number) else evaluate(expr, self.constants)
        if number is not None and any(isinstance(node, Name) for node in walk(expr)):
            return Number(number, span=expr.span)
        match expr:
            case Call(args=args):
                return replace(expr, args=tuple(map(self.substitute, args)))
            case _ if hasattr(expr, "left"):
                binary = cast(Any, expr)
                return replace(binary, left=self.substitute(binary.left), right=self.substitute(binary.right))
            case _ if hasattr(expr, "value") and not isinstance(expr, Number):
                return replace(cast(Any, expr), value=self.substitute(cast(Any, expr).value))
            case _:
                return expr


def _operand(found: Part, name: str) -> Operand:
    return getattr(found, name, None)


def _or_none(operand: Operand, neutral: float) -> Operand:
    """Absent where the number changes nothing."""
    return None if operand == neutral else operand


__all__ = ["FIELDS", "STREAMS", "Draft", "Pick"]
