"""The laws that every part keeps, nlc's own and a person's: `nlc parts --test` judges by them.

Each law looks at one part and says what it found; it raises Broken where the part does not keep it, and
returns nothing where it does not concern the part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from nlc.check.arguments import Arguments
from nlc.check.problem import Stopped
from nlc.emit.table import table
from nlc.lower.differentiate import NoDerivative, derivative, residual
from nlc.parts.describe import describe
from nlc.parts.meaning import STREAM, NoLoss, inlined, literal, own_loss, parse
from nlc.parts.part import Objective, Op, Part
from nlc.parts.samples import sample, wrong_values
from nlc.read import read_text
from nlc.report import Report, SpecError
from nlc.run.trial import Broken, Refused, functions, trial
from nlc.source import NOWHERE
from nlc.spec.expr import Call, Expr, Name
from nlc.write.expr import print_expr

POINTS, SIZE = 64, 4
"""Numbers that derivatives are compared at, in vectors of this size."""
CLOSE = 1e-9
"""How far float64 may be off."""

Law = Callable[[type[Part]], str | None]


@dataclass(frozen=True)
class Outcome:
    """Whether a part keeps a law, and what was found."""

    kind: str
    name: str
    law: str
    holds: bool
    found: str


def judge(part: type[Part]) -> Iterator[Outcome]:
    """Every law that concerns the part."""
    for law in LAWS:
        try:
            found = LAWS[law](part)
        except Broken as broken:
            yield Outcome(part.kind, part.name, law, False, str(broken))
        else:
            if found is not None:
                yield Outcome(part.kind, part.name, law, True, found)


def words(part: type[Part]) -> str:
    """It says what it is, where it comes from, and what its arguments are."""
    said = describe(part)
    if not said.about:
        raise Broken("the docstring does not say what it is")
    if not said.source:
        raise Broken("the docstring names no source; end it with a line `Source: …`")
    for argument in said.arguments:
        if not argument.about:
            raise Broken(f"`{argument.name}` is not described; give it `Field(description=…)`")
    return f"source: {said.source}"


def arguments(part: type[Part]) -> str:
    """Its defaults are allowed, unknown arguments and wrong values are not, and it never changes."""
    given = _sample(part)
    made = part(**given)
    values = dict(made)
    try:
        part(**{name: value for name, value in values.items() if value is not None})
    except ValueError as error:
        raise Broken(f"a default is not allowed: {error}") from None
    if _allows(part, given | {"no_such_argument": 1}):
        raise Broken("an unknown argument is allowed")
    count = 0
    for name, wrong in wrong_values(part):
        count += 1
        if _allows(part, given | {name: wrong}):
            raise Broken(f"`{name}` may be {wrong!r}")
    for name in values:
        try:
            setattr(made, name, values[name])
        except ValueError:
            continue
        raise Broken(f"`{name}` can be changed afterwards")
    several = "s" if len(values) > 1 else ""
    return f"{len(values)} argument{several}, {count} wrong values refused" if values else "it takes none"


def printing(part: type[Part]) -> str:
    """It is the same again when it is written and read: its call, and every text that it gives."""
    call = _call(part)
    _same(call)
    report = Report()
    try:
        made, _ = Arguments(part, {}, report, NOWHERE).build((), call.named)
    except Stopped:
        raise Broken(f"`{print_expr(call)}` is refused: {report.diagnostics[0].message}") from None
    if made != part(**_sample(part)):
        raise Broken(f"`{print_expr(call)}` is read as {made!r}")
    texts = list(_texts(part))
    for expr in texts:
        _same(expr)
    return ", ".join(print_expr(expr) for expr in (call, *texts[:1]))


def gradient(part: type[Part]) -> str | None:
    """Its derivative is the one that autograd finds of what is emitted, in float64."""
    random = torch.Generator().manual_seed(0)
    x, v = 2 * torch.randn(2, POINTS // SIZE, SIZE, dtype=torch.float64, generator=random)
    x = v + torch.linspace(0.05, 1, len(x), dtype=x.dtype).unsqueeze(-1) * (x - v)  # near ones and far ones
    if issubclass(part, Objective) and (loss := _loss(part)) is not None:
        return _compare(loss, _residual(part, loss), {"p": x, "v": v}, "p")
    if issubclass(part, Op) and part.pointwise:
        call = _call(part)
        applied = inlined(Call(call.function, (Name(STREAM), *(value for _, value in call.named))))
        return _compare(applied, _derivative(part, applied), {STREAM: x}, STREAM)
    return None


def use(part: type[Part]) -> str | None:
    """In a spec of its own it compiles, and the fast path is what the reference defines."""
    try:
        return trial(part.kind, part, print_expr(_call(part)))
    except Refused as wrong:
        raise Broken(str(wrong)) from None


LAWS: Mapping[str, Law] = {
    "words": words,
    "arguments": arguments,
    "printing": printing,
    "gradient": gradient,
    "use": use,
}


def _sample(part: type[Part]) -> dict[str, Any]:
    found = sample(part)
    if found is None:
        raise Broken("no allowed arguments were found; give them defaults")
    return found


def _allows(part: type[Part], values: Mapping[str, Any]) -> bool:
    try:
        part(**values)
    except ValueError:
        return False
    return True


def _call(part: type[Part]) -> Call:
    """The part as a spec writes it, every argument by its name."""
    values = part(**_sample(part))
    named = tuple((name, literal(value)) for name, value in values if value is not None)
    return Call(Name(part.name), (), named)


def _same(expr: Expr) -> None:
    """In both spellings."""
    text = print_expr(expr)
    for source, name in (
        (f"nl 1\nparam it = {text}\n", "part.nl"),
        (f"nl: 1\nparam:\n  it: {text}\n", "part.yaml"),
    ):
        try:
            again = read_text(source, name).main.params()[0].value
        except SpecError as wrong:
            raise Broken(f"`{text}` cannot be read again: {wrong.report.diagnostics[0].message}") from None
        if again != expr:
            raise Broken(f"`{text}` is read again as `{print_expr(again)}`")


def _texts(part: type[Part]) -> Iterator[Expr]:
    """Every expression that the part gives as text, or nlc derives from it."""
    if part.means:
        yield parse(part.means)
    if issubclass(part, Objective) and (loss := _loss(part)) is not None:
        yield loss
        yield _residual(part, loss)
    if issubclass(part, Op) and (rule := getattr(part, "derivative", None)):
        yield parse(rule)


def _loss(part: type[Objective]) -> Expr | None:
    try:
        return own_loss(part(**_sample(part)))
    except NoLoss as wrong:
        raise Broken(str(wrong)) from None


def _residual(part: type[Objective], loss: Expr) -> Expr:
    """What the write uses: given, or derived."""
    try:
        given = getattr(part(**_sample(part)), "residual", None)
        return parse(given()) if given else residual(loss)[0]
    except (NoDerivative, ArithmeticError, TypeError, ValueError) as wrong:
        raise Broken(f"it has no derivative: {wrong}") from None


def _derivative(part: type[Op], applied: Expr) -> Expr:
    """The rule that the part gives, or what follows from the rules of what it means."""
    rule = getattr(part, "derivative", None)
    try:
        return parse(rule) if rule else derivative(applied, STREAM)
    except (NoDerivative, ArithmeticError, TypeError, ValueError) as wrong:
        raise Broken(f"it has no derivative: {wrong}") from None


def _compare(function: Expr, slope: Expr, names: dict[str, torch.Tensor], by: str) -> str:
    """At the points where both are finite, of which there must be some: a logarithm has half of them."""
    names = names | {by: names[by].clone().requires_grad_()}
    value = _evaluate(function, names)
    found = _evaluate(slope, names).detach().expand(names[by].shape)
    if value.requires_grad:
        (expected,) = torch.autograd.grad(value.sum(), names[by])
    else:
        expected = torch.zeros_like(found)
    value = value.expand(found.shape)
    finite = torch.isfinite(found) & torch.isfinite(expected) & torch.isfinite(value)
    if 4 * int(finite.sum()) < POINTS:
        raise Broken(f"finite at {int(finite.sum())} of {POINTS} points only")
    gap = ((found - expected).abs() / expected.abs().clamp(min=1.0))[finite].max()
    if gap > CLOSE:
        raise Broken(f"`{print_expr(slope)}` is {float(gap):.1g} away from autograd")
    return f"within {float(gap):.0e} of autograd at {int(finite.sum())} points"


def _evaluate(expr: Expr, names: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """As the torch backend writes it."""
    value = eval(table("torch").expression(expr, {}).text, {**functions(), **names})
    return torch.as_tensor(value, dtype=next(iter(names.values())).dtype)
