"""A user's own objective: arithmetic, pointwise ops and sums, which the compiler can differentiate."""

from __future__ import annotations

from collections.abc import Mapping

from nlc.check.arguments import Arguments
from nlc.check.evaluation import Constant, evaluate, resolve, substitute
from nlc.check.problem import Stopped, problem, unknown
from nlc.parts.meaning import inlined, is_large
from nlc.parts.part import Op
from nlc.parts.registry import find, names
from nlc.report import Report
from nlc.spec.expr import Binary, Call, Expr, Name, Negative, Number, Pipe, walk

PREDICTION = "p"


def loss_of(written: Expr, values: Mapping[str, Constant], report: Report) -> Expr:
    """What stands in `minimize(…)`, with constants put in and pipes as calls."""
    call = resolve(written, values)
    if not isinstance(call, Call) or len(call.args) != 1 or call.named:
        label = "write `minimize(EXPR)`"
        raise problem(report, "E0405", "`minimize` takes one expression", written.span, label)
    before = len(report.errors)
    loss = _calls(substitute(call.args[0], values))
    _check(loss, report)
    if len(report.errors) > before:
        raise Stopped("minimize")
    if not any(isinstance(node, Name) and node.text == PREDICTION for node in walk(loss)):
        message, label = "an objective without the prediction teaches nothing", "`p` is the prediction"
        raise problem(report, "E0422", message, call.args[0].span, label)
    meant = inlined(loss)
    if is_large(meant):
        label = "its ops stand for more than can be differentiated"
        raise problem(report, "E0422", "this objective is too large", call.args[0].span, label)
    return meant


def of_one_pair(written: Expr, values: Mapping[str, Constant]) -> Expr:
    """What stands in `window(…)`, or the objective as it is."""
    call = resolve(written, values)
    if isinstance(call, Call) and isinstance(call.function, Name) and call.function.text == "window":
        return dict(zip(("objective",), call.args, strict=False), **dict(call.named))["objective"]
    return written


def _calls(expr: Expr) -> Expr:
    """`x |> f(a)` as `f(x, a)`."""
    match expr:
        case Pipe(value=value, stage=Call(function=function, args=args, named=named)):
            return Call(function, (_calls(value), *map(_calls, args)), named, span=expr.span)
        case Pipe(value=value, stage=stage):
            return Call(stage, (_calls(value),), span=expr.span)
        case Call(function=function, args=args, named=named):
            return Call(function, tuple(map(_calls, args)), named, span=expr.span)
        case Binary(operator=operator, left=left, right=right):
            return Binary(operator, _calls(left), _calls(right), span=expr.span)
        case Negative(value=value):
            return Negative(_calls(value), span=expr.span)
        case _:
            return expr


def _check(expr: Expr, report: Report) -> None:
    match expr:
        case Number() | Name():
            return
        case Binary(left=left, right=right):
            _check(left, report)
            _check(right, report)
        case Negative(value=value):
            _check(value, report)
        case Call(function=Name(text=text) as name, args=args):
            if _pointwise(name, expr, report):
                for arg in args:
                    _check(arg, report)
            elif text not in names("op"):
                unknown(report, "E0404", "op of an objective", text, _known(), name.span)
        case _:
            _refuse(expr, report)


def _pointwise(name: Name, call: Call, report: Report) -> bool:
    found = find("op", name.text)
    if found is None:
        return False
    if not (issubclass(found, Op) and found.in_losses):
        _refuse(call, report)
        return False
    wanted = found.inputs + len(found.model_fields)
    numbers = [evaluate(arg, {}) for arg in call.args[found.inputs :]]
    if len(call.args) != wanted or call.named or None in numbers:
        takes = ", ".join(("x", *found.model_fields))
        message = f"`{name.text}` in an objective takes {wanted} argument{'s' * (wanted != 1)}"
        problem(report, "E0403", message, name.span, f"write `{name.text}({takes})`")
        return False
    try:
        Arguments(found, {}, report, name.span).build(call.args[found.inputs :], ())
    except Stopped:
        return False
    return True


def _known() -> list[str]:
    parts = ((name, find("op", name)) for name in names("op"))
    return [name for name, part in parts if part and issubclass(part, Op) and part.in_losses]


def _refuse(expr: Expr, report: Report) -> None:
    message = "an objective is made of arithmetic, pointwise ops and `sum`"
    label = "name it in the block, `w = …`, and use the name"
    problem(report, "E0422", message, expr.span, label)
