"""One use of a block: its entries become lines, its memory forms drafts and then memories."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nlc.check.constants import Constant, evaluate
from nlc.check.draft import Draft
from nlc.check.expressions import infer
from nlc.check.lines import Context, Line, Lines, Result, show
from nlc.check.problem import Stopped, problem, unknown
from nlc.check.scope import Scope
from nlc.ir.system import Block, Memory, Shape
from nlc.parts.part import Op
from nlc.report import Fix, Label, Report
from nlc.source import Span
from nlc.spec.expr import Call, Expr, Name, Number
from nlc.spec.file import Effect, Field, Form, Let, Range, Return


@dataclass
class Workshop:
    """What all blocks of one system share: the report, the blocks made so far, the limits."""

    report: Report
    limit: int
    nesting: int
    blocks: dict[str, Block] = field(default_factory=dict[str, Block])
    made: dict[object, str] = field(default_factory=dict[object, str])
    open: list[str] = field(default_factory=list[str])

    def name(self, form: Form) -> str:
        """A name for one more use of a form with other sizes."""
        stem, count = form.name, 1
        while stem in self.blocks:
            count += 1
            stem = f"{form.name}_{count}"
        return stem


class Builder:
    """Checks one block."""

    def __init__(
        self,
        workshop: Workshop,
        form: Form,
        scope: Scope,
        constants: Mapping[str, Constant],
        inputs: dict[str, Shape],
    ) -> None:
        self.workshop, self.form, self.scope = workshop, form, scope
        self.report = workshop.report
        self.lines = Lines(workshop.report, workshop.limit)
        self.constants = dict(constants)
        self.drafts: dict[str, Draft] = {}
        self.families: dict[str, list[str]] = {}
        self.calls: dict[str, str] = {}
        self.stack: list[tuple[str, Span]] = []
        self.result: Line | None = None
        names: dict[str, Result] = {
            name: self.lines.add("input", (), shape, form.name_span.span, name=name)
            for name, shape in inputs.items()
        }
        self.inputs = inputs
        self.body = Context("", names, constants=self.constants)

    def build(self, name: str) -> Block:
        """All entries in the order of the text; a wrong one is reported and the others go on."""
        for form in self.form.forms("memory"):
            self._define(form)
        for entry in self.form.entries:
            try:
                self._entry(entry)
            except Stopped:
                self.stack.clear()
        if self.result is None and not self.report.errors:
            place = self.form.name_span.span
            problem(self.report, "E0405", f"`{self.form.name}` returns nothing", place, "add `return …`")
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

    def infer(self, expr: Expr, context: Context, want: Shape | None = None) -> Result:
        return infer(self, expr, context, want)

    # -- entries

    def _entry(self, entry: object) -> None:
        match entry:
            case Let(name=name, value=value):
                self._free(name, entry.span)
                context = Context(name, {}, constants=self.constants, outer=self.body)
                found = infer(self, value, context)
                self.body.names[name] = found
                if isinstance(found, Line):
                    self._call_it(found, name)
            case Return(value=value):
                if self.result is not None:
                    raise problem(
                        self.report, "E0406", "a block returns once", entry.span, "a second `return`"
                    )
                context = Context("out", {}, constants=self.constants, outer=self.body)
                self.result = self.lines.number(infer(self, value, context), entry.span)
            case Effect(call=call):
                context = Context("effect", {}, constants=self.constants, outer=self.body)
                infer(self, call, context)
            case Field() if self.form.kind == "block":
                unknown(self.report, "E0402", "field of a block", entry.name, (), entry.name_span.span)
            case Form(kind=kind) if kind != "memory":
                problem(self.report, "E0402", f"a {kind} cannot stand in a block", entry.span, "move it out")
            case _:
                pass

    def _call_it(self, line: Line, name: str) -> None:
        from dataclasses import replace

        value = self.lines.values[line.index]
        if not value.name:
            self.lines.values[line.index] = replace(value, name=name)

    def _free(self, name: str, span: Span) -> None:
        if name in self.body.names or name in self.drafts or name in self.families:
            raise problem(self.report, "E0406", f"`{name}` is bound twice", span, "names are bound once")

    def _define(self, form: Form) -> None:
        try:
            self._free(form.name, form.name_span.span)
            if not form.inputs:
                raise problem(
                    self.report,
                    "E0405",
                    f"memory `{form.name}` needs an input",
                    form.name_span.span,
                    "write `(x)`",
                )
            if form.family is None:
                self._draft(form.name, form, self.constants)
                return
            self.families[form.name] = []
            for label, bound in self._labels(form):
                self.families[form.name].append(label)
                self._draft(f"{form.name}.{label}", form, self.constants | {form.family.name: bound})
        except Stopped:
            pass

    def _draft(self, name: str, form: Form, constants: Mapping[str, Constant]) -> None:
        draft = Draft(name, form, constants, self.report)
        draft.find_fields()
        self.drafts[name] = draft

    def _labels(self, form: Form) -> list[tuple[str, Constant]]:
        out: list[tuple[str, Constant]] = []
        for label in form.family.labels if form.family else ():
            if isinstance(label, Range):
                low, high = (evaluate(end, self.constants) for end in (label.low, label.high))
                if not isinstance(low, int) or not isinstance(high, int) or high - low >= self.lines.limit:
                    raise problem(
                        self.report,
                        "E0407",
                        "a range of labels needs two integers",
                        label.span,
                        "not integers",
                    )
                out.extend((str(i), i) for i in range(low, high + 1))
                continue
            number = evaluate(label, self.constants)
            if number is not None:
                out.append((str(number).replace(".", "_"), number))
            elif isinstance(label, Name):
                out.append((label.text, label))
        doubled = next(
            (text for i, (text, _) in enumerate(out) if text in [other for other, _ in out[:i]]), None
        )
        if doubled is not None and form.family:
            raise problem(
                self.report,
                "E0406",
                f"label `{doubled}` stands twice",
                form.family.span,
                "labels name members",
            )
        return out

    # -- what expressions ask for

    def enter(self, what: str, span: Span) -> None:
        """A field begins; meeting it again before it ends is a circle within one moment."""
        if what in [name for name, _ in self.stack]:
            start = [name for name, _ in self.stack].index(what)
            also = [Label(place, f"`{name}` is needed") for name, place in self.stack[start:]]
            memory = what.rpartition(".")[0]
            self.stack.clear()
            raise problem(
                self.report,
                "E0501",
                "these memories wait for each other within one moment",
                span,
                f"`{what}` is needed again for itself",
                also=also[1:],
                notes=[f"use `{memory}.read(x)` to read its previous state"],
            )
        if len(self.stack) >= self.workshop.nesting:
            raise problem(
                self.report, "E0416", "the spec is nested too deep", span, f"{self.workshop.nesting} levels"
            )
        self.stack.append((what, span))

    def leave(self) -> None:
        self.stack.pop()

    def known(self, context: Context) -> list[str]:
        """Names that an expression there could have meant."""
        out: list[str] = []
        here: Context | None = context
        while here is not None:
            out.extend((*here.names, *here.lets))
            here = here.outer
        return [name for name in (*out, *self.constants, *self.drafts) if "\0" not in name]

    def defaults(self, found: type[Op]) -> dict[str, Any]:
        """Arguments that come from the file: `vocab` is a dim."""
        vocab = self.constants.get("vocab")
        return {"vocab": vocab} if "vocab" in found.model_fields and isinstance(vocab, int) else {}

    def verb_line(self, how: str, memory: Memory, roles: Mapping[str, Line], span: Span) -> Line:
        shape = () if how == "write" else (memory.heads, memory.sizes[-1])
        return self.lines.add(how, tuple(roles.values()), shape, span, roles=tuple(roles), target=memory.name)

    # -- other blocks

    def call(self, name: str, args: tuple[Line, ...], call: Call, context: Context, count: int = 1) -> Line:
        """A call of another block: every call has parameters of its own."""
        form, scope = self.scope.blocks[name]
        instance = instantiate(
            self.workshop, form, scope, [self.lines.shape(arg) for arg in args], call, context
        )
        result = instance.values[instance.result].shape if instance.values else ()
        member = self._member(name if count == 1 else "layers")
        self.calls[member] = instance.name
        if count > 1 and result != self.lines.shape(args[0]):
            raise problem(
                self.report,
                "E0301",
                f"`{name}` cannot be repeated: it makes {show(result)} of {show(self.lines.shape(args[0]))}",
                call.span,
                "input and result differ",
            )
        return self.lines.add(
            "call", args, result, call.span, {"count": count}, target=instance.name, owner=member
        )

    def _member(self, stem: str) -> str:
        taken = {value.owner for value in self.lines.values if value.op == "call"}
        name, count = stem, 1
        while name in taken:
            count += 1
            name = f"{stem}{count}"
        return name

    def repeat(self, args: tuple[Expr, ...], call: Call, context: Context) -> Line:
        """`x |> repeat(block, n)`: n blocks in a row, each with its own parameters."""
        if len(args) != 3:
            raise problem(
                self.report,
                "E0403",
                "`repeat` takes a stream, a block and a number",
                call.span,
                "x |> repeat(block, n)",
            )
        stream, stage, times = args
        from nlc.check.arguments import resolve

        waiting = resolve(stage, context.constants)
        function = waiting.function if isinstance(waiting, Call) else waiting
        if not isinstance(function, Name) or function.text not in self.scope.blocks:
            name = function.text if isinstance(function, Name) else stage.span.text
            raise unknown(self.report, "E0404", "block", name, self.scope.blocks, stage.span)
        count = evaluate(times, context.constants)
        if not isinstance(count, int) or count < 1:
            raise problem(
                self.report, "E0407", "`repeat` needs a positive whole number", times.span, f"this is {count}"
            )
        line = self.lines.number(infer(self, stream, context), stream.span)
        waiting = waiting if isinstance(waiting, Call) else Call(waiting, span=stage.span)
        return self.call(function.text, (line,), waiting, context, count)


def instantiate(
    workshop: Workshop, form: Form, scope: Scope, shapes: list[Shape], call: Call, context: Context
) -> Block:
    """The block for these shapes and arguments, made once."""
    report = workshop.report
    settings = bind_arguments(form, scope, shapes, call, context, report)
    inputs = bind_inputs(form, scope, shapes, settings, call.span, report)
    key = (id(form), tuple(inputs.items()), tuple(sorted((k, repr(v)) for k, v in settings.items())))
    if key in workshop.made:
        return workshop.blocks[workshop.made[key]]
    if form.name in workshop.open or len(workshop.open) >= workshop.nesting:
        chain = " → ".join((*workshop.open, form.name))
        raise problem(report, "E0417", "a block cannot contain itself", call.span, chain)
    workshop.open.append(form.name)
    try:
        block = Builder(workshop, form, scope, scope.constants.values | settings, inputs).build(
            workshop.name(form)
        )
    finally:
        workshop.open.pop()
    workshop.blocks[block.name] = block
    workshop.made[key] = block.name
    return block


def bind_arguments(
    form: Form, scope: Scope, shapes: list[Shape], call: Call, context: Context, report: Report
) -> dict[str, Constant]:
    """Inputs with defaults, with the call's named arguments put in."""
    options = {i.name: i.default for i in form.inputs if i.default is not None}
    named = dict(call.named)
    for name, value in named.items():
        if name not in options:
            raise unknown(report, "E0403", f"argument of `{form.name}`", name, options, value.span)
    out: dict[str, Constant] = {}
    for name, default in options.items():
        if name in named:
            number = evaluate(named[name], context.constants)
            out[name] = number if number is not None else named[name]
        else:
            number = evaluate(default, scope.constants.values | out)
            out[name] = number if number is not None else default
    streams = [i for i in form.inputs if i.default is None]
    if len(streams) != len(shapes):
        raise problem(
            report,
            "E0403",
            f"`{form.name}` takes {len(streams)} stream(s)",
            call.span,
            f"{len(shapes)} given here",
        )
    return out


def bind_inputs(
    form: Form, scope: Scope, shapes: list[Shape], settings: dict[str, Constant], span: Span, report: Report
) -> dict[str, Shape]:
    """Sizes in an input's shape: known ones must fit, a name that is no dim is bound by the caller."""
    inputs: dict[str, Shape] = {}
    for item, shape in zip([i for i in form.inputs if i.default is None], shapes, strict=True):
        inputs[item.name] = shape
        if item.shape is None:
            continue
        wanted = [size for size in item.shape if not (isinstance(size, Name) and size.text == "T")]
        if len(wanted) != len(shape):
            label = f"{show(shape)} comes in"
            raise problem(
                report,
                "E0301",
                f"`{item.name}` of `{form.name}` has another shape",
                span,
                label,
                also=[Label(item.span, "declared here")],
            )
        for size, got in zip(wanted, shape, strict=True):
            known = evaluate(size, scope.constants.values | settings)
            if known is None and isinstance(size, Name):
                settings[size.text] = got
            elif known != got:
                raise problem(
                    report,
                    "E0301",
                    f"`{item.name}` of `{form.name}` takes {known} numbers a token",
                    span,
                    f"{got} come in",
                    also=[Label(item.span, "declared here")],
                )
    return inputs


__all__ = ["Builder", "Fix", "Number", "Workshop", "instantiate"]
