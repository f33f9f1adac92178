"""One block of a file as a spec of its own: what an engineer takes out of a model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import cast

from nlc.source import Source, Span
from nlc.spec.expr import Name, Node
from nlc.spec.file import File, Form, Project, Use
from nlc.write.nl import print_nl


def extract(project: Project, block: str) -> Project:
    """The block of that name, with what it needs; LookupError if the file holds and uses none.

    Places in diagnostics stay those of the file; the text of what is left is its printed form.
    """
    main = project.main
    forms = {form.name: form for form in main.forms() if form.kind == "block"}
    if block not in forms:
        raise LookupError(_none(main, block, sorted(forms)))
    needed = _needed(main, forms[block])
    rest = [item for item in main.items if item is not forms[block] and _kept(item, needed)]
    items = tuple(
        replace(item, names=tuple(name for name in item.names if name in needed))
        if isinstance(item, Use)
        else item
        for item in [*rest, forms[block]]
    )
    text = print_nl(replace(main, items=items))
    name = main.span.source.name
    source = Source(name if name.endswith(".nl") else f"{name}.nl", text)
    return replace(project, main=replace(main, items=items, span=Span(source, 0, len(text))))


def _none(main: File, block: str, there: list[str]) -> str:
    has = f"it has {', '.join(there)}" if there else "it has none of its own"
    return f"{main.span.source.name} has no block `{block}`: {has}"


def _kept(item: object, needed: set[str]) -> bool:
    """Models and schedules are about the whole; of the rest, what the block mentions."""
    if isinstance(item, Use):
        return not needed.isdisjoint(item.names)
    if isinstance(item, Form):
        return item.kind not in ("model", "schedule") and item.name in needed
    return getattr(item, "name", "") in needed


def _needed(main: File, form: Form) -> set[str]:
    """Every name that the form mentions, and what the items of these names mention in turn."""
    items = {item.name: item for item in main.items if not isinstance(item, Use)}
    found: set[str] = set()
    waiting = {*_names(form)}
    while waiting:
        name = waiting.pop()
        found.add(name)
        if name in items:
            waiting |= {*_names(items[name])} - found
    return found


def _names(node: object) -> Iterator[str]:
    """The text of every name in a node and below it."""
    if isinstance(node, Name):
        yield node.text
    elif isinstance(node, Node):
        for field in fields(node):
            yield from _names(getattr(node, field.name))
    elif isinstance(node, tuple):
        for part in cast("tuple[object, ...]", node):
            yield from _names(part)
