"""Combinations of parts that have no meaning, or none that is built yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nlc.check.problem import problem
from nlc.ir.system import Memory
from nlc.parts.registry import names
from nlc.report import Label, Report
from nlc.source import Span

LEVEL_OPTIMIZERS = ("sgd", "momentum")
"""Of a task memory that learns in the sequence."""

OTHERS = {
    "structure": ("tensor",),
    "objective": ("next_token",),
    "optimizer": ("outer", "adamw", "closed_form"),
}
"""Parts that no memory with an objective of its own in a block can have, or only a `cache`."""


def fitting(kind: str, task: bool = False) -> tuple[str, ...]:
    """The parts of a kind that are worth proposing for a memory of a block."""
    if kind == "optimizer" and task:
        return LEVEL_OPTIMIZERS
    return tuple(name for name in names(kind) if name not in OTHERS.get(kind, ()))


def listed(words: Sequence[str]) -> str:
    """`a`, `b` or `c`."""
    *first, last = (f"`{word}`" for word in words)
    return f"{', '.join(first)} or {last}" if first else last


@dataclass(frozen=True)
class Refused:
    """The field that is wrong, the fact, what to write there, and the fields that speak against it."""

    field: str
    message: str
    label: str
    also: tuple[tuple[str, str], ...] = ()


def check_combination(memory: Memory, report: Report) -> None:
    """At most one diagnostic a memory: the first rule that it breaks."""
    own = _task if memory.is_task else _own
    for rule in (
        _not_built,
        _erase_not_built,
        _steps_not_built,
        _cache,
        _network,
        own,
        _again,
        _closed,
        _erase,
        _steps,
        _retention,
        _start,
    ):
        if found := rule(memory):
            code = "E0419" if rule in NOT_BUILT else "E0415"
            also = [Label(place(memory, field), text) for field, text in found.also]
            problem(report, code, found.message, place(memory, found.field), found.label, also=also)
            return


def place(memory: Memory, field: str) -> Span:
    """Where a field is written, or else the memory's name."""
    found = memory.form.get(field)
    return found.value.span if found else memory.span


def _not_built(m: Memory) -> Refused | None:
    if m.structure.holds == "tensor":
        return Refused("structure", "a `tensor` is for optimizer forms", "write `matrix` or `mlp` in a block")
    if getattr(m.optimizer, "batched", False):
        return Refused(
            "optimizer", "a batched write is not built yet for memories of a block", "drop `batched`"
        )
    return None


def _cache(m: Memory) -> Refused | None:
    cache, softmax = m.structure.holds == "cache", m.objective.name == "softmax"
    closed = m.optimizer.closed and not m.regresses
    if m.objective.name == "next_token":
        label = "write `task` for what the model's objective drives"
        return Refused("objective", "`next_token` is a model's objective", label)
    message = "a `cache` goes with `softmax` and `closed_form`, and they with it"
    if cache and not softmax:
        label = f"write `matrix` or `mlp` for `{m.objective.name}`"
        against = (("objective", f"`{m.objective.name}` drives no `cache`"),)
        return Refused("structure", message, label, against)
    if softmax and not cache:
        return Refused("objective", message, f"write `l2` or `dot` for `{m.structure.name}`")
    if closed and not cache:
        message = f"`{m.optimizer.name}` is the minimiser itself: of a `cache` or a `matrix` one is known"
        label = f"{listed(fitting('optimizer'))} belongs here, or `structure: matrix`"
        return Refused("optimizer", message, label, (("structure", "here it is none of these"),))
    if cache and not closed:
        return Refused("optimizer", message, "write `closed_form`")
    if cache and not m.update.is_every_token:
        return Refused("update", "a `cache` is written at every token", "write `every token`")
    if cache and (found := _pairs_that_stay(m)):
        return found
    if cache and m.form.get("retention"):
        return Refused(
            "retention", "a `cache` keeps its pairs as they are", "write `cache(window=…)` to forget"
        )
    return None


def _pairs_that_stay(m: Memory) -> Refused | None:
    """Sinks are kept from a window, and slots are what a cache may learn."""
    sinks, slots, learned = (getattr(m.structure, "sinks", 0), getattr(m.structure, "slots", 0), _learned(m))
    if sinks and not getattr(m.structure, "window", None):
        message = "`sinks` are what stays visible beside a `window`"
        return Refused("structure", message, "all pairs are kept here: add `window=…` or drop `sinks`")
    if sinks and m.renew:
        against = (("init", "here it forgets all pairs"),)
        message = "`sinks` are the first tokens of the stream, and a cache that starts again has none"
        return Refused("structure", message, "write `slots` for learned pairs that stay", against)
    if slots and not learned:
        return Refused("structure", "the `slots` of a cache are learned", "add `init: learned`")
    if learned and not slots:
        message = "all that a cache can learn is its `slots`"
        return Refused("init", message, "say how many: `cache(slots=…)`")
    return None


def _learned(m: Memory) -> bool:
    return m.init.name == "learned"


def _task(m: Memory) -> Refused | None:
    steps = m.update.unit == "step"
    allowed = ("outer",) if steps else LEVEL_OPTIMIZERS
    if m.heads != 1:
        return Refused("structure", "a task memory has one head", "give it `heads=1`")
    if m.optimizer.name not in allowed:
        message = f"a task memory updated `{m.update}` takes {listed(allowed)}"
        return Refused("optimizer", message, f"`{m.optimizer.name}` does not drive it")
    if any(isinstance(operand, str) for operand in (m.rate, m.beta, m.keep)):
        field = "retention" if isinstance(m.keep, str) else "optimizer"
        return Refused(field, "the rates of a task memory are numbers", "computed at every token")
    for field in ("keys", "values", "anchor"):
        if m.form.get(field):
            message = f"a task memory is written by the model's objective, so it has no `{field}`"
            return Refused(field, message, "leave it out")
    if m.retention.maps is not None:
        message = "a level's weights are its learned start and a difference, seen as they are"
        return Refused("retention", message, f"`{m.retention.name}` is a map of a whole state: write `keep`")
    if getattr(m.retention, "to", "zero") == "anchor":
        return Refused("retention", "a level keeps its difference to its learned start", "drop `to`")
    if steps and m.form.get("retention"):
        message = "a memory updated by steps keeps all that it learns"
        return Refused("retention", message, "write `decay` in the model's optimizer")
    return None


def _closed(m: Memory) -> Refused | None:
    """The minimiser itself: of a discounted sum of squares in a matrix, of softmax in a cache."""
    form, arguments = m.optimizer.name, ("ridge", "strength")
    if m.optimizer.closed and not m.regresses:
        given = next((name for name in arguments if getattr(m.optimizer, name, None) is not None), "")
        message = f"`{given}` is for least squares in a matrix"
        return Refused("optimizer", message, f"drop `{given}`") if given else None
    if not m.regresses:
        return None
    if m.ridge is None:
        message = f"`{form}` in a matrix needs `ridge`: before enough pairs came, many matrices fit them all"
        return Refused("optimizer", message, "add `ridge=…`, as `closed_form(ridge=1.0)`")
    if m.windowed:
        message = "a closed form fits all pairs so far, each of which fades by what is kept"
        return Refused("objective", message, "write the objective without `window`")
    if m.init.name == "learned":
        return Refused("init", "least squares are over pairs, and at first there are none", "drop `init`")
    if m.form.get("anchor"):
        return Refused("anchor", "a closed form takes no gradient, so it has no anchor", "drop `anchor`")
    if m.retention.maps is not None:
        message = "what is kept here is how much earlier pairs count, and no map of a state"
        return Refused("retention", message, "write `keep`")
    for name, neutral in (("axis", None), ("first", False), ("to", "zero")):
        if getattr(m.retention, name, neutral) != neutral:
            message = "what is kept here is how much earlier pairs count: one fraction for each pair"
            return Refused("retention", message, f"drop `{name}`")
    return None


def _steps(m: Memory) -> Refused | None:
    if m.steps == 1:
        return None
    if m.is_task:
        message = "a task memory takes one step when its period ends: it has no pairs of its own"
        return Refused("optimizer", message, "drop `steps`")
    if not m.anchor.is_every_token:
        message = "each of several steps starts from what the one before it left"
        label = f"gradients are taken at a state of up to {m.anchor.count} tokens ago"
        field = "anchor" if m.form.get("anchor") else "update"
        return Refused(
            "optimizer", message, "drop `steps`, or write `anchor: every token`", ((field, label),)
        )
    return None


def _steps_not_built(m: Memory) -> Refused | None:
    if m.steps > 1 and m.structure.holds == "mlp" and not m.is_task:
        return Refused("optimizer", "several steps a token are not built yet for networks", "drop `steps`")
    if m.steps > 1 and m.retention.maps is not None:
        message = f"several steps a token are not built yet beside `{m.retention.name}`"
        return Refused("retention", message, "write `keep`")
    return None


def _again(m: Memory) -> Refused | None:
    """A level starts again where it steps; at each step it would never learn."""
    if not m.is_task:
        return None
    if m.renew and m.update.unit == "step":
        message = "a memory updated by steps does not live in one sequence, so it never starts again"
        return Refused("init", message, "write `learned`")
    if m.renew and (m.renew % m.update.count or m.renew == m.update.count):
        message = f"a level that steps {m.update} starts again after several whole periods"
        return Refused("init", message, f"write `every {2 * m.update.count} tokens`, or another multiple")
    return None


def _network(m: Memory) -> Refused | None:
    if getattr(m.structure, "gated", False) and len(m.sizes) != 3:
        message = "a gated network has one hidden layer, that of `depth=2`"
        return Refused("structure", message, "drop `depth`, or `gated`")
    return None


def _own(m: Memory) -> Refused | None:
    if m.optimizer.name in ("outer", "adamw"):
        message = f"`{m.objective.name}` is written by an optimizer of the memory's own"
        takes = listed(fitting("optimizer"))
        if not m.form.get("optimizer"):
            return Refused("optimizer", message, f"add `optimizer:` with {takes}, as `sgd(lr=0.1)`")
        return Refused("optimizer", message, f"{takes} belongs here")
    return None


def _erase_not_built(m: Memory) -> Refused | None:
    own, kept = _erases_apart(m), m.keep is not None
    apart = own or ("axis" if getattr(m.retention, "axis", None) else "steps" if m.steps > 1 else "")
    if apart and m.windowed:
        return Refused(
            "objective", f"`{apart}` beside a window is not built yet", "write it without `window`"
        )
    if own and m.beta is not None:
        return Refused("optimizer", f"`{own}` beside momentum is not built yet", "drop `beta`")
    if own and kept and getattr(m.retention, "to", "zero") != "zero":
        return Refused("retention", f"`{own}` beside `to` is not built yet", "drop `to`")
    if m.erase is not None and getattr(m.retention, "axis", None) == "values":
        return Refused("retention", "erasing beside `axis=values` is not built yet", "write `axis=keys`")
    return None


def _erase(m: Memory) -> Refused | None:
    own = _erases_apart(m)
    if own and m.structure.holds != "matrix":
        message = f"`{own}` is for a matrix: each layer of a network erases along its own input"
        return Refused("optimizer", message, f"drop `{own}`, or write `matrix`")
    return None


def _erases_apart(m: Memory) -> str:
    """The argument by which the memory erases along other keys, or by channel."""
    given = ("erase_keys", "erase_axis") if m.erase is not None else ()
    return next((name for name in given if getattr(m.optimizer, name, None)), "")


def _retention(m: Memory) -> Refused | None:
    axis, first = getattr(m.retention, "axis", None), getattr(m.retention, "first", False)
    if axis and (m.structure.holds != "matrix" or m.beta is not None or m.optimizer.maps is not None):
        message = "a fraction for each channel is for matrices written without momentum"
        return Refused("retention", message, "drop `axis`")
    if axis and getattr(m.retention, "to", "zero") != "zero":
        return Refused("retention", "a fraction for each channel goes towards zero", "drop `to`")
    if m.retention.maps is not None and m.erase is not None:
        message = (
            f"what `{m.optimizer.name}` takes away is what the state answers, and readers see a map of it"
        )
        also = (("retention", "the map"),)
        return Refused("optimizer", message, "write `sgd` or `momentum`, or `erase=none`", also)
    if m.retention.maps is not None and getattr(m.structure, "bias", False):
        message = f"`{m.retention.name}` is a map of weights, and a bias is none"
        return Refused("structure", message, "drop `bias`", (("retention", "the map"),))
    if m.retention.name == "norm" and m.init.name == "zeros":
        message = "a state of zeros cannot be divided by its norm"
        return Refused("init", message, "write `init: learned`", (("retention", "here it is"),))
    if first and (against := _not_plain(m)):
        message = "`first=true` takes the gradient at the state already decayed"
        label = "only a write at every token by plain `sgd` has one: take `first` out"
        return Refused("retention", message, label, against)
    return None


def _not_plain(m: Memory) -> tuple[tuple[str, str], ...]:
    """What keeps a write from being one plain step at the state of its own token."""
    out: list[tuple[str, str]] = []
    if not m.anchor.is_every_token:
        field = "anchor" if m.form.get("anchor") else "update"
        out.append((field, f"gradients are taken at a state of up to {m.anchor.count} tokens ago"))
    if m.erase is not None or m.beta is not None or m.optimizer.maps is not None:
        out.append(("optimizer", f"`{m.optimizer.name}` is more than one step"))
    return tuple(out)


def _start(m: Memory) -> Refused | None:
    if m.structure.holds == "mlp" and m.init.name == "zeros" and len(m.sizes) > 2:
        label = "write `init: learned`"
        return Refused("init", "a network of zeros never learns: its gradient is zero", label)
    return None


NOT_BUILT = (_not_built, _erase_not_built, _steps_not_built)
"""The rules of what has a meaning and no code yet."""
