"""A memory made ready to be written: residual, family, sizes, buffers and cost."""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import Literal, cast

from nlc.ir.plan import Map, MemoryPlan
from nlc.ir.system import EXTRA, Block, Memory
from nlc.lower.buffers import buffers
from nlc.lower.differentiate import NoDerivative, residual
from nlc.lower.equation import equation
from nlc.lower.families import choose
from nlc.lower.flops import flops
from nlc.lower.schedule import Said
from nlc.lower.stages import pairs, seen_every, sees_itself
from nlc.parts.meaning import mentioned, own_loss, parse
from nlc.parts.part import Optimizer, Retention
from nlc.report import Diagnostic, Label, Report, SpecError
from nlc.spec.expr import Expr, renamed
from nlc.write.nl import print_memory

Holds = Literal["matrix", "mlp", "cache"]
ERASED: dict[str, Literal["all", "last", "none"]] = {"layers": "all", "last": "last", "none": "none"}
QUADRATIC = (
    "a closed form needs a residual that is a number times the prediction, and more that does not read it, "
    "as that of `l2`: what a pair counts is `strength`"
)
APART = "erasing by channel or along keys of its own goes with a residual that reads no prediction: `dot`"


class Classes:
    """Class names of one package: `hope`, `make.key` → HopeMakeKey, each given once."""

    def __init__(self) -> None:
        self.given = {
            "False",
            "None",
            "True",
            "Conv",
            "Count",
            "Embedding",
            "EVERY",
            "F",
            "Gate",
            "GroupNorm",
            "Layer",
            "Learner",
            "Linear",
            "Model",
            "Position",
            "SPEC",
            "Shift",
            "State",
            "Weight",
        }

    def name(self, *words: str) -> str:
        parts = "_".join(words).replace(".", "_").split("_")
        stem = "".join(part[:1].upper() + part[1:] for part in parts)
        name, count = stem, 1
        while name in self.given:
            count += 1
            name = f"{stem}{count}"
        self.given.add(name)
        return name


def plan_memory(block: Block, m: Memory, classes: Classes, length: int, said: Said) -> MemoryPlan:
    """Everything that the memory's template asks for."""
    tile = said.torch.get("tokens", 64 // m.steps)
    loss = _loss(m)
    mentions = _mentions(loss)
    extras = tuple(f"extra{number}" for number in range(1, len(mentions) + 1))
    names = dict(zip(mentions, extras, strict=True))
    loss = loss and renamed(loss, names)
    gradient, slope = _residual(m, loss)
    gradient = gradient and renamed(gradient, names)
    choice = choose(m, slope)
    structure, retention = m.structure, m.retention
    update, segment = seen_every(block, m)
    axis = (getattr(retention, "axis", None) or "") if m.keep == "keep" else ""
    if axis and choice.family != "scan":
        raise _no_kernel(m, "a fraction for each channel needs gradients at every token, or `dot`")
    made = MemoryPlan(
        name=m.name,
        identifier=m.identifier,
        class_name=classes.name(block.name, m.name),
        text=print_memory(m.form),
        equation=equation(m),
        family=choice.family,
        why=choice.why,
        slow=choice.slow,
        structure=cast(Holds, structure.holds),
        heads=m.heads,
        sizes=m.sizes,
        weights=m.weights,
        bias=getattr(structure, "bias", False),
        gated=getattr(structure, "gated", False),
        activation=getattr(structure, "activation", "gelu"),
        shortcut=getattr(structure, "residual", False),
        norm=bool(getattr(structure, "norm", False)),
        scaled=m.scaled,
        eps=getattr(structure, "eps", 1e-5),
        loss=loss,
        residual=gradient,
        slope=slope,
        extras=extras,
        mentions=tuple(f"{EXTRA}{name}" for name in mentions),
        extra_sizes=_extra_sizes(block, m, mentions),
        optimizer=m.optimizer.name,
        rate=m.rate,
        beta=m.beta,
        steps=m.steps,
        erase=m.erase,
        erase_layers=ERASED[getattr(m.optimizer, "erase", "none")],
        erase_keys=m.erase_keys,
        erase_axis=(getattr(m.optimizer, "erase_axis", None) or "") if m.erase == "erase" else "",
        keep=m.keep,
        counts=m.counts,
        ridge=m.ridge,
        keep_to=getattr(retention, "to", "zero"),
        keep_first=getattr(retention, "first", False),
        axis=axis,
        view=_map(retention),
        push=_map(m.optimizer),
        init="learned" if m.init.name == "learned" else "zeros",
        renew=m.renew,
        update=update,
        anchor=m.anchor.count,
        segment=segment,
        sees_itself=sees_itself(block, m),
        tile=max(1, 16 // m.steps) if axis else min(tile, 16) if m.regresses else tile,
        launch=said.launch,
        window=_window(m),
        key_heads=getattr(structure, "kv_heads", None) or 0,
        sinks=getattr(structure, "sinks", 0),
        slots=getattr(structure, "slots", 0),
        pairs=pairs(block, m),
        second_order=getattr(m.objective, "outer", "first_order") == "second_order",
    )
    if m.regresses and not slope:
        raise _no_kernel(m, QUADRATIC)
    if m.steps > 1 and choice.family != "scan":
        raise _no_kernel(m, "several steps a token need a residual that is affine in the prediction")
    if made.erases_apart and slope != 0:
        raise _no_kernel(m, APART)
    made = replace(made, buffers=buffers(made, length), parameters=_parameters(made, m))
    return replace(made, flops=flops(made, length))


def _window(m: Memory) -> int:
    """How many tokens back a cache is looked at; one that starts again never looks further than its start.

    Of all others: how many pairs a write takes the gradient of.
    """
    if m.structure.holds != "cache":
        return m.window
    reaches = [getattr(m.structure, "window", None) or 0, m.renew]
    return min((reach for reach in reaches if reach), default=0)


def _map(part: Optimizer | Retention) -> Map | None:
    if part.maps is None:
        return None
    return Map(part.name, {name: getattr(part, name) for name in part.maps})


def _loss(m: Memory) -> Expr | None:
    """The user's own, or what the part gives."""
    return m.loss or own_loss(m.objective)


def _mentions(loss: Expr | None) -> tuple[str, ...]:
    """Names in a loss that are neither its prediction, its value, nor a function."""
    if loss is None:
        return ()
    return tuple(dict.fromkeys(name for name in mentioned(loss) if name not in ("p", "v")))


def _extra_sizes(block: Block, m: Memory, mentions: tuple[str, ...]) -> tuple[int, ...]:
    """As every write gives them: a number a head, or one for each of the value's."""
    writes = (v for v in block.values if v.target == m.name and v.op in ("write", "apply"))
    given = [arg for v in writes for name in mentions if (arg := v.arg(f"{EXTRA}{name}")) is not None]
    return tuple(block.values[arg].shape[-1] for arg in given[: len(mentions)])


def _residual(m: Memory, loss: Expr | None) -> tuple[Expr | None, float | None]:
    if loss is None:
        return None, None
    try:
        derived, slope = residual(loss)
    except NoDerivative as wrong:
        raise _no_kernel(m, str(wrong)) from None
    except (ArithmeticError, TypeError, ValueError) as wrong:
        raise _no_kernel(m, f"the objective has no finite derivative: {wrong}") from None
    given = getattr(m.objective, "residual", None)
    return (parse(given()) if given else derived), slope


def _no_kernel(m: Memory, reason: str) -> SpecError:
    found = m.form.get("objective")
    place = found.value.span if found else m.span
    return SpecError(Report([Diagnostic("E0601", f"no kernel serves `{m.name}`", Label(place, reason))]))


def _parameters(plan: MemoryPlan, m: Memory) -> int:
    if plan.structure == "cache":
        return (plan.key_heads or plan.heads) * plan.slots * (plan.sizes[0] + plan.sizes[-1])
    learned = plan.init == "learned" or m.is_task
    scales = 2 * plan.sizes[-1] if plan.scaled else 0
    return plan.heads * (scales + sum(prod(shape) for shape in plan.weights if learned))
