"""Calls: what a function name stands for, and the calls of other blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlc.check.context import Context, Line, Result
from nlc.check.evaluation import resolve
from nlc.check.families import read_all
from nlc.check.members import member
from nlc.check.ops import op
from nlc.check.placing import place
from nlc.check.problem import Stopped, problem
from nlc.check.repeat import repeat
from nlc.check.uses import use
from nlc.ir.system import Shape
from nlc.spec.expr import Call, Expr, Get, Name, Pick

if TYPE_CHECKING:
    from nlc.check.block import Builder


def call(b: Builder, call: Call, context: Context, want: Shape | None, piped: Expr | None = None) -> Result:
    """A call of an op, a block or a memory; `piped` is the stream that comes through `|>`."""
    call = _merged(call, context)
    function = call.function
    args = (piped, *call.args) if piped is not None else call.args
    match function:
        case Name(text=text) if text in b.scope.failed:
            raise Stopped(text)
        case Name():
            return _named(b, function, args, call, context, want)
        case Get(base=base, name="read"):
            return use(b, member(b, base, context), "read", args, call, context)
        case Get(base=base, name="write"):
            member(b, base, context)
            message, label = "a write has no value", "write it on a line of its own"
            raise problem(b.report, "E0411", message, call.span, label)
        case Get() | Pick():
            return use(b, member(b, function, context), "apply", args, call, context)
        case _:
            label = "not an op, a block or a memory"
            raise problem(b.report, "E0411", "this cannot be called", call.span, label)


def _named(
    b: Builder, name: Name, args: tuple[Expr, ...], call: Call, context: Context, want: Shape | None
) -> Line:
    """Words of the language first, then what the block defines, then what it uses, then the ops."""
    if context.closed:
        return op(b, name, args, call, context, want)
    match name.text:
        case "repeat":
            return repeat(b, args, call, context)
        case "chain" | "combine" as how:
            return read_all(b, how, args, call, context)
        case text if text in b.drafts:
            return use(b, b.drafts[text], "apply", args, call, context)
        case text if text in b.families:
            labels = ", ".join(f"`{text}.{label}`" for label in b.families[text][:8])
            note = f"name a member ({labels}), or read all with `chain({text}, x)`"
            message, label = f"`{text}` is a family", "it has many answers"
            raise problem(b.report, "E0411", message, name.span, label, notes=[note])
        case text if text in b.scope.blocks:
            form, scope = b.scope.blocks[text]
            return place(b, form, scope, b.infer_lines(args, context), call, context)
        case _:
            return op(b, name, args, call, context, want)


def _merged(call: Call, context: Context) -> Call:
    """The call with what a param stands for put in: a waiting call's own arguments come first."""
    function = resolve(call.function, context.constants)
    if isinstance(function, Call):
        args, named = (*function.args, *call.args), (*function.named, *call.named)
        return Call(function.function, args, named, span=call.span)
    if isinstance(function, Name) and isinstance(call.function, Name):
        function = Name(function.text, span=call.function.span)  # mistakes are shown where it is called
    return Call(function, call.args, call.named, span=call.span)
