"""`device.py` and a file of Triton kernels for each memory that has them."""

from __future__ import annotations

from typing import Any

from nlc.emit.facts import Package
from nlc.emit.statements import stater
from nlc.emit.table import printer, table
from nlc.emit.templates import render_triton
from nlc.emit.wrap import LIMIT, wrap
from nlc.ir.plan import BlockPlan, MemoryPlan
from nlc.lower.adjoint import activation, way_back
from nlc.lower.kernels import WALKED, kernels
from nlc.lower.tuned import schedules
from nlc.spec.expr import Binary, Name, Negative


def module(package: Package, block: BlockPlan, m: MemoryPlan) -> str:
    """The name of the file, without `.py`; '' where torch serves."""
    served = package.backend == "triton" and kernels(m).template
    return f"kernels_{block.name}_{m.identifier}" if served else ""


def kernel_files(package: Package) -> dict[str, str]:
    """File name to text."""
    files = {
        f"{name}.py": _text(package, m)
        for block in package.plan.blocks
        for m in block.memories
        if (name := module(package, block, m))
    }
    return {"device.py": render_triton("device.py.j2"), **files} if files else {}


def _text(package: Package, m: MemoryPlan) -> str:
    template = kernels(m).template
    values = _walk(package, m) if m.family in WALKED else _scan(package, m)
    gated = m.decays or template == "momentum"  # which takes a kept fraction always, 1 where all is kept
    shared = {"decays": gated, "target": m.target, "anchor": m.anchored}
    form = "dual" if m.family in WALKED else template
    text = render_triton(f"{form}.py.j2", m=m, head=package.head, **shared, **values)
    return broken(text)


def _walk(package: Package, m: MemoryPlan) -> dict[str, Any]:
    """What the template of anchored memories takes besides: functions with derivatives, printed for tiles."""
    assert m.residual is not None
    return {
        "statements": stater(table("triton")),
        "activation": activation(m.activation),
        "way": way_back(m.residual, m.extras),
        "schedules": schedules(m),
        "mapped": package.table.mapped,
    }


def _scan(package: Package, m: MemoryPlan) -> dict[str, Any]:
    """What the template of family `scan` takes besides: its gates, and torch lines before a launch."""
    solves = m.slope != 0 or (m.erases and not m.erases_apart)
    rated = isinstance(m.rate, str) and not m.erases
    prepare = _prepare(package, m, solves, rated)
    momentum = m.beta is not None
    constant = (m.decays or momentum) and not isinstance(m.keep, str)
    constant = constant or (momentum and not isinstance(m.beta, str))
    return {
        "schedules": schedules(m),
        "solves": solves,
        "rated": rated,
        "pull": ("r" if rated else "p") if solves else "",
        "reads": m.update == 1,
        "prepare": prepare,
        "momentum": momentum,
        "numbers": constant or any("numbers(" in line for line in prepare),
    }


def broken(text: str) -> str:
    """The text, its long statements as lines."""
    return "\n".join(piece for line in text.splitlines() for piece in _broken(line))


def _broken(line: str) -> list[str]:
    """A long statement as lines."""
    code = line.lstrip()
    indent = len(line) - len(code)
    if len(line) <= LIMIT or not code.endswith(")"):
        return [line]
    return [" " * indent + piece for piece in wrap(code, indent)]


def _prepare(package: Package, m: MemoryPlan, solves: bool, rated: bool) -> list[str]:
    """Torch lines before a launch: values become what a write wants, rate * (values - slope * p)."""
    lines: list[str] = []
    wanted, slope = goal(package, m), m.slope or 0
    if rated and slope not in (0, 1):
        lines.append(f"rate = {slope} * rate")
        wanted = f"({wanted}) / {slope}"
    if not rated:
        column = f"{m.rate}.unsqueeze(-1)" if isinstance(m.rate, str) else f"{m.rate}"
        wanted = (
            wanted
            if m.rate == 1
            else f"{column} * ({wanted})"
            if wanted != "values"
            else f"{column} * values"
        )
    if solves and not rated:
        lines.append(f"pull = {_pull(m, slope)}")
    if wanted != "values":
        lines.append(f"values = {wanted}")
    if solves and m.target != "zero":
        known = "recall(keys, target)"
        lines.append(f"values = values - {known if rated else f'pull.unsqueeze(-1) * {known}'}")
    return lines


def goal(package: Package, m: MemoryPlan) -> str:
    """Minus the residual where the prediction is zero, as torch code."""
    code = printer(package.table)
    match m.residual:
        case Binary(operator="-", left=Name(text="p"), right=right):
            return code(right, v="values")
        case Negative(value=value):
            return code(value, v="values")
        case _:
            assert m.residual is not None
            return f"-({code(m.residual, p='torch.zeros_like(values)', v='values')})"


def _pull(m: MemoryPlan, slope: float) -> str:
    """How much of what is recalled a write takes away: by its rate, and by what it erases."""
    terms: list[str] = []
    fixed = 0.0
    for operand, times in ((m.rate, slope), (m.erase if m.erases else None, 1)):
        if isinstance(operand, str) and times:
            terms.append(operand if times == 1 else f"{times} * {operand}")
        elif isinstance(operand, int | float):
            fixed += operand * times
    if not terms:
        return f"numbers(keys, {fixed})"
    return " + ".join([*terms, *([str(fixed)] if fixed else [])])
