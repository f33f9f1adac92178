"""The memory forms of a block: each becomes a draft, or a family of drafts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from nlc.check.alike import alike
from nlc.check.draft import Draft
from nlc.check.evaluation import Constant
from nlc.check.labels import labels
from nlc.check.members import SELF
from nlc.check.mentions import check_names
from nlc.check.problem import MOST, Stopped, doubled, problem
from nlc.check.taken import FUNCTIONS, check_name
from nlc.parts.registry import names as part_names
from nlc.read.fields import STREAMS
from nlc.spec.expr import Expr
from nlc.spec.file import Form
from nlc.spec.time import Every, Quantity, Renewed

if TYPE_CHECKING:
    from nlc.check.block import Builder


def define(b: Builder, form: Form) -> None:
    b.bind(form.name, form.name_span.span)
    check_name(form.name, "memory", form.name_span.span, b.report)
    if not form.inputs:
        message, place = f"memory `{form.name}` needs an input", form.name_span.span
        raise problem(b.report, "E0405", message, place, f"write `{form.name}(x)`")
    _inputs(b, form)
    try:
        form = alike(form, b.siblings, b.report, b.workshop.nesting)
    except Stopped:
        b.drafts[form.name] = Draft(form.name, form, b.constants, b.report, broken=True)
        raise
    if form.family is None:
        _draft(b, form.name, form, b.constants)
        return
    b.families[form.name] = []
    for label, bound in labels(form.family, b.constants, b.report, b.workshop.allowance):
        b.families[form.name].append(label)
        _draft(b, f"{form.name}.{label}", form, b.constants | {form.family.name: bound})


def _inputs(b: Builder, form: Form) -> None:
    seen: set[str] = set()
    for item in form.inputs:
        if item.default is not None:
            label = "a stream, as the block's inputs are"
            raise problem(b.report, "E0402", "an input of a memory has no default", item.span, label)
        if item.name in seen:
            raise doubled(b.report, f"`{item.name}` is given twice", item.span, None)
        seen.add(item.name)


def _draft(b: Builder, name: str, form: Form, constants: Mapping[str, Constant]) -> None:
    draft = Draft(name, form, constants, b.report, b.siblings)
    if draft.identifier in b.modules:
        note = f"it would be the same as `{draft.identifier}`"
        raise doubled(b.report, f"`{name}` is bound twice", form.name_span.span, None, note)
    b.workshop.allowance.spend(b.report, form.name_span.span)
    b.modules[draft.identifier] = 1
    draft.find_fields()
    b.drafts[name] = draft


def check_unused(b: Builder) -> None:
    """Memories that nothing uses, or whose parts are wrong: their parts and names can be checked at least."""
    idle = [draft for draft in b.drafts.values() if draft.memory is None]
    if not idle:
        return
    used = {id(draft.form) for draft in b.drafts.values() if draft.memory}
    around = {*b.body.known(), *b.drafts, *b.families}
    functions = {*part_names("op"), *b.scope.blocks, *b.scope.failed, *b.drafts, *b.families, *FUNCTIONS}
    for draft in idle:
        if not draft.broken:
            if not b.report.errors and len(b.report.diagnostics) < MOST:
                name = draft.name if id(draft.form) in used else draft.form.name
                message, place = f"`{name}` is never used", draft.form.name_span.span
                problem(b.report, "W0403", message, place, "read it, write it, or take it out")
            b.attempt(draft.choose)
    for draft in {id(draft.form): draft for draft in idle}.values():
        inner = {item.name for item in draft.form.inputs} | set(draft.lets) | set(draft.constants) | {SELF}
        for expr in _expressions(draft):
            check_names(expr, around, functions, b.report, inner)


def _expressions(draft: Draft) -> Iterator[Expr]:
    yield from draft.lets.values()
    yield from draft.streams.values()
    for name in STREAMS:
        found = draft.fields.get(name)
        if found and not isinstance(found.value, Every | Renewed | Quantity):
            yield found.value
