"""The choices of a memory form that do not depend on sizes: its parts, periods and operands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, cast

from nlc.check.arguments import part
from nlc.check.combinations import fitting
from nlc.check.losses import loss_of, of_one_pair
from nlc.check.problem import Stopped, problem
from nlc.check.times import anchor_of, period, update_of
from nlc.ir.system import Operand
from nlc.parts.meaning import NoLoss, own_loss
from nlc.parts.objective.window import Window
from nlc.parts.part import Init, Objective, Optimizer, Part, Retention, Structure
from nlc.spec.expr import Expr, Name
from nlc.spec.time import Every, Period, Quantity, Renewed

if TYPE_CHECKING:
    from nlc.check.draft import Draft

NEEDED = ("structure", "objective", "update")
Found = TypeVar("Found")


@dataclass(frozen=True)
class Choices:
    """What a memory is, but for its sizes."""

    structure: Structure
    objective: Objective
    optimizer: Optimizer
    retention: Retention
    init: Init
    renew: int
    update: Period
    anchor: Period
    loss: Expr | None
    window: int
    counts: Operand

    @property
    def rate(self) -> Operand:
        own = _operand(self.optimizer, "lr")
        return _operand(self.optimizer, "strength") if own is None else own

    @property
    def ridge(self) -> Operand:
        return _operand(self.optimizer, "ridge")

    @property
    def beta(self) -> Operand:
        return _or_none(_operand(self.optimizer, "beta"), 0.0) if self.optimizer.momentum else None

    @property
    def erase(self) -> Operand:
        if not self.optimizer.erases or _operand(self.optimizer, "erase") == "none":
            return None
        own = _operand(self.optimizer, "erase_rate")
        return self.rate if own is None else own

    @property
    def erase_keys(self) -> str | None:
        return None if self.erase is None else getattr(self.optimizer, "erase_keys", None)

    @property
    def keep(self) -> Operand:
        return _or_none(_operand(self.retention, "fraction"), 1.0)


def choose(draft: Draft) -> Choices:
    """All fields are looked at, so that each wrong one is said; raises Stopped if one was."""
    wrong = [name for name in NEEDED if name not in draft.fields]

    def attempt(made: Callable[[], Found]) -> Found | None:
        try:
            return made()
        except Stopped:
            wrong.append("")
            return None

    structure = attempt(lambda: cast(Structure, _part(draft, "structure")))
    objective = attempt(lambda: _objective(draft))
    task = objective is not None and objective.name == "task"
    optimizer = attempt(lambda: cast(Optimizer, _part(draft, "optimizer", "outer", task)))
    retention = attempt(lambda: cast(Retention, _part(draft, "retention", "keep")))
    init = attempt(lambda: _init(draft, "learned" if task else "zeros"))
    update = attempt(lambda: update_of(draft, task))
    anchor = attempt(lambda: anchor_of(draft, update)) if update else None
    one, window, counts = _of_one_pair(draft, objective) if objective else (None, 1, None)
    loss = attempt(lambda: _loss(draft)) if one and one.name == "minimize" else None
    if wrong or not (structure and one and optimizer and retention and init and update and anchor):
        raise Stopped(draft.name)
    return Choices(structure, one, optimizer, retention, *init, update, anchor, loss, window, counts)


def _part(draft: Draft, kind: str, default: str = "", task: bool = False) -> Part:
    expr = draft.expression(kind)
    if expr is None:
        if not default:
            raise Stopped(draft.name)
        expr = Name(default, span=draft.form.name_span.span)
    found, streams = part(kind, expr, draft.constants, draft.report, fitting(kind, task))
    draft.streams.update(streams)
    return found


def _objective(draft: Draft) -> Objective:
    """With these arguments it gives a loss; a part of one's own may not."""
    found = cast(Objective, _part(draft, "objective"))
    try:
        own_loss(found)
    except NoLoss as wrong:
        place = draft.fields["objective"].value.span
        raise problem(draft.report, "E0422", f"`{found.name}` cannot be used", place, str(wrong)) from None
    return found


def _of_one_pair(draft: Draft, objective: Objective) -> tuple[Objective | None, int, Operand]:
    """The objective of a pair, over how many pairs it is summed, and how much each of them counts."""
    if not isinstance(objective, Window):
        return objective, 1, None
    one = objective.objective
    if isinstance(one, Window) or not (one.gives_loss() or one.name == "minimize"):
        place = draft.fields["objective"].value.span
        message = f"a `window` sums the losses of pairs, and `{one.name}` is no such loss"
        problem(
            draft.report, "E0415", message, place, "write `window(l2, 4)`, or another loss of `p` and `v`"
        )
        return None, 1, None
    return one, objective.length, _or_none(objective.weights, 1.0)


def _init(draft: Draft, default: str) -> tuple[Init, int]:
    found = draft.fields.get("init")
    value = found.value if found else Name(default)
    renew = 0
    if isinstance(value, Renewed):
        every = period(value.every, draft.constants, draft.report)
        if every.unit != "token":
            place = value.every.span
            raise problem(draft.report, "E0202", "a state starts again after tokens", place, "write `tokens`")
        renew, value = every.count, value.value
    if isinstance(value, Every | Quantity):
        label = "write `learned` or `zeros`"
        raise problem(draft.report, "E0407", "`init` is no time", value.span, label)
    if isinstance(value, Name) and value.text in draft.siblings:
        label = "write `learned` or `zeros`"
        message = "a start from another memory's state is not built yet"
        raise problem(draft.report, "E0419", message, value.span, label)
    return cast(Init, part("init", value, draft.constants, draft.report)[0]), renew


def _loss(draft: Draft) -> Expr:
    written = draft.expression("objective")
    if written is None:
        raise Stopped(draft.name)
    return loss_of(of_one_pair(written, draft.constants), draft.constants, draft.report)


def _operand(found: Part, name: str) -> Operand:
    return getattr(found, name, None)


def _or_none(operand: Operand, neutral: float) -> Operand:
    """Absent where the number changes nothing."""
    return None if operand == neutral else operand
