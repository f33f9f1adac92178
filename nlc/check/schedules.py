"""Schedule forms: that their targets exist and their words are known. What they do is for lowering."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from nlc.check.arguments import name_span
from nlc.check.evaluation import Constant, evaluate, said, substitute
from nlc.check.problem import doubled, problem, unknown
from nlc.ir.system import Block
from nlc.report import Report
from nlc.spec.expr import Call, Expr, Name, Pipe
from nlc.spec.file import Entry, Field, Form
from nlc.spec.time import Every, Quantity, Renewed

WORDS: Mapping[str, tuple[str, ...]] = {
    "tile": ("tokens", "heads"),
    "warps": ("count",),
    "stages": ("count",),
}
"""What a schedule can say, and the arguments of each."""

BACKENDS = ("torch", "triton")
SIZES: Mapping[tuple[str, str], tuple[int, ...]] = {
    ("tile", "tokens"): (16, 32, 64, 128),
    ("warps", "count"): (1, 2, 4, 8, 16),
    ("stages", "count"): (1, 2, 3, 4, 5),
}
"""What kernels of a GPU can be launched with."""


def check_schedule(
    form: Form, blocks: Iterable[Block], values: Mapping[str, Constant], report: Report
) -> None:
    """Every target a memory, every word known, every number a positive whole one."""
    if form.name not in BACKENDS:
        unknown(report, "E0421", "backend", form.name, BACKENDS, form.name_span.span)
    targets: set[str] = set()
    for block in blocks:
        targets |= {f"{block.form.name}.{memory.name}" for memory in block.memories}
        targets |= {memory.name for memory in block.memories}
    seen: dict[str, Field] = {}
    for entry in form.entries:
        if not isinstance(entry, Field):
            label = "write `block.memory: tile(tokens=…)`"
            problem(report, "E0402", "a schedule holds fields", entry.span, label)
            continue
        place = entry.name_span.span
        if entry.name not in targets:
            unknown(report, "E0421", "memory to schedule", entry.name, targets, place)
        if entry.name in seen:
            doubled(report, f"`{entry.name}` is given twice", place, seen[entry.name].name_span.span)
        seen[entry.name] = entry
        if isinstance(entry.value, Every | Renewed | Quantity):
            problem(report, "E0407", "a schedule holds no time", entry.value.span, "write `tile(tokens=…)`")
        else:
            _word(entry.value, values, report)
            if form.name == "triton" and not report.errors:
                _launch(_named(entry.value), values, report)


def put_in(form: Form, values: Mapping[str, Constant]) -> Form:
    """The schedule with numbers in place of names, and every argument named."""

    def field(entry: Entry) -> Entry:
        if not isinstance(entry, Field) or isinstance(entry.value, Every | Renewed | Quantity):
            return entry
        return replace(entry, value=_named(substitute(entry.value, values)))

    return replace(form, entries=tuple(map(field, form.entries)))


def _named(expr: Expr) -> Expr:
    match expr:
        case Pipe(value=value, stage=stage):
            return replace(expr, value=_named(value), stage=_named(stage))
        case Call(function=Name(text=text), args=args, named=named):
            places = tuple(zip(WORDS[text], args, strict=False))
            return replace(expr, args=(), named=(*places, *named))
        case _:
            return expr


def _word(expr: Expr, values: Mapping[str, Constant], report: Report) -> None:
    match expr:
        case Pipe(value=value, stage=stage):
            _word(value, values, report)
            _word(stage, values, report)
        case Call(function=Name(text=text) as name) if text not in WORDS:
            unknown(report, "E0421", "word of a schedule", text, WORDS, name.span)
        case Call(function=Name(text=text)):
            _arguments(text, expr, values, report)
        case Name(text=text) if text not in WORDS:
            unknown(report, "E0421", "word of a schedule", text, WORDS, expr.span)
        case _:
            label = "write `tile(tokens=…)`, and more behind `|>`"
            problem(report, "E0421", "this is no word of a schedule", expr.span, label)


def _launch(expr: Expr, values: Mapping[str, Constant], report: Report) -> None:
    """The numbers of a schedule for a GPU are some that it can be launched with."""
    match expr:
        case Pipe(value=value, stage=stage):
            _launch(value, values, report)
            _launch(stage, values, report)
        case Call(function=Name(text=word), named=named):
            for argument, value in named:
                sizes = SIZES.get((word, argument))
                if sizes and evaluate(value, values) not in sizes:
                    message = f"`{word}` of a kernel is one of {', '.join(map(str, sizes))}"
                    problem(report, "E0407", message, value.span, said(value, values))
        case _:
            return


def _arguments(word: str, call: Call, values: Mapping[str, Constant], report: Report) -> None:
    names = WORDS[word]
    if len(call.args) > len(names):
        place = call.args[len(names)].span
        problem(report, "E0403", f"`{word}` takes fewer arguments", place, f"it takes {', '.join(names)}")
    for name, value in call.named:
        if name not in names:
            unknown(report, "E0403", f"argument of `{word}`", name, names, name_span(name, value))
    for value in (*call.args, *(value for _, value in call.named)):
        number = evaluate(value, values)
        if not isinstance(number, int) or not 0 < number < 2**31:
            shown = said(value, values)
            message = f"`{word}` takes positive whole numbers"
            problem(report, "E0407", message, value.span, shown)
