"""`like: other`: a memory that takes the fields and lines that it does not give itself from another one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from nlc.check.problem import problem, unknown
from nlc.check.workshop import too_deep
from nlc.read.fields import MEMORY
from nlc.report import Label, Report
from nlc.spec.expr import Name
from nlc.spec.file import Entry, Field, Form, Let

LIKE = "like"


def memories(form: Form) -> Mapping[str, Form]:
    """The memories of a block by name: what `like` may name."""
    return {memory.name: memory for memory in form.forms("memory")}


def alike(form: Form, forms: Mapping[str, Form], report: Report, nesting: int | None = None) -> Form:
    """The memory form with all that it takes over, fields in the order of the language's page.

    `nesting` is how many memories may be like one another in a row.
    """
    seen = [form]
    entries = form.entries
    while (found := next((e for e in entries if isinstance(e, Field) and e.name == LIKE), None)) is not None:
        other = _other(found, seen, forms, report)
        if nesting is not None and len(seen) > nesting:
            own = form.get(LIKE)
            raise too_deep(report, own.value.span if own else form.span, nesting)
        own = {entry.name for entry in entries if isinstance(entry, Field | Let)}
        more = [
            e for e in other.entries if isinstance(e, Field | Let) and (e.name == LIKE or e.name not in own)
        ]
        entries = (*(entry for entry in entries if entry is not found), *more)
        seen.append(other)
    return form if len(seen) == 1 else replace(form, entries=tuple(sorted(entries, key=_place)))


def _place(entry: Entry) -> int:
    """Fields first, in their order; what is no field keeps its own behind them."""
    if isinstance(entry, Field) and entry.name in MEMORY:
        return MEMORY.index(entry.name)
    return len(MEMORY)


def _other(field: Field, seen: list[Form], forms: Mapping[str, Form], report: Report) -> Form:
    value = field.value
    if not isinstance(value, Name):
        raise problem(report, "E0407", "`like` names a memory", value.span, "write the name of one")
    other = forms.get(value.text)
    if other is None:
        raise unknown(report, "E0404", "memory", value.text, forms, value.span, own=forms)
    if any(other is form for form in seen):
        chain = " → ".join(form.name for form in (*seen, other))
        raise problem(report, "E0417", "a memory cannot be like itself", value.span, chain)
    inputs = [[item.name for item in form.inputs] for form in (seen[0], other)]
    if inputs[0] != inputs[1]:
        message = f"`{seen[0].name}` is like `{other.name}`, and their inputs have other names"
        also = [Label(other.name_span.span, f"its input is `{', '.join(inputs[1])}`")]
        label = f"call the input of `{seen[0].name}` so too"
        raise problem(report, "E0404", message, value.span, label, also=also)
    return other
