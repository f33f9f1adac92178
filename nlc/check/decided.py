"""The choices of a spec: each param with its value, what else it may be, why, and where it is used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, is_dataclass
from textwrap import fill
from typing import Any, cast

from nlc.check.alike import alike, memories
from nlc.ir.system import System
from nlc.read.remarks import remarks
from nlc.report import Report
from nlc.spec.expr import Name, Node
from nlc.spec.file import Dim, Field, Form, Let, Param, Project, Return
from nlc.write.expr import print_domain, print_expr

WIDTH = 100


@dataclass(frozen=True)
class Use:
    """One place that names a param: the form's path, the field or line there, and its line in the file."""

    place: str
    what: str
    line: int


@dataclass(frozen=True)
class Choice:
    """A param: `default` is what the spec says where `--set` chose another value; `why` is the comment."""

    name: str
    value: str
    default: str | None
    domain: str | None
    why: str
    uses: tuple[Use, ...]


def choices(project: Project, system: System) -> list[Choice]:
    """The params of the main file, in the order of the text."""
    file = project.main
    said = remarks(file.span.source, file)
    found: list[Choice] = []
    for item in file.params():
        given = system.settings.get(item.name)
        default = print_expr(item.value)
        note = said.of(item)
        why = [note.trail] if note.trail else [line for line in note.lead if line]
        found.append(
            Choice(
                item.name,
                default if given is None else print_expr(given),
                None if given is None else default,
                print_domain(item.domain) if item.domain else None,
                " ".join(re.sub(r"^#+\s*", "", line) for line in why),
                tuple(_uses(project, item)),
            )
        )
    return found


def _uses(project: Project, param: Param) -> Iterator[Use]:
    for item in project.main.items:
        if isinstance(item, Form):
            yield from _inside(item, item.name, param.name)
        elif isinstance(item, Dim | Param) and item is not param and _mentions(item, param.name):
            kind = "dim" if isinstance(item, Dim) else "param"
            yield Use(f"{kind} {item.name}", "", item.span.line)


def _inside(form: Form, path: str, name: str) -> Iterator[Use]:
    """The entries of a form that mention it, where it is not the name of one of the form's own lines."""
    lines = {entry.name for entry in form.entries if isinstance(entry, Let)}
    if name in lines | {item.name for item in form.inputs}:
        return
    if form.family and _mentions(form.family, name):
        yield Use(path, "its family", form.name_span.span.line)
    around = memories(form)
    for entry in form.entries:
        if isinstance(entry, Form):
            whole = alike(entry, around, Report()) if entry.kind == "memory" else entry
            yield from _inside(whole, f"{path}.{entry.name}", name)
        elif _mentions(entry, name):
            named = entry.name if isinstance(entry, Field | Let) else None
            result = "result" if isinstance(entry, Return) else "a line"
            yield Use(path, named or result, entry.span.line)


def _mentions(root: Any, name: str) -> bool:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Name) and node.text == name:
            return True
        if isinstance(node, tuple):
            waiting.extend(cast("tuple[Any, ...]", node))
        elif is_dataclass(node) and isinstance(node, Node):
            waiting.extend(getattr(node, each.name) for each in fields(node) if each.compare)
    return False


def page(found: list[Choice], model: str, file: str) -> tuple[dict[str, Any], str]:
    """The same as a value and as a person reads it."""
    value = {"choices": [asdict(choice) for choice in found], "model": model, "file": file}
    count = f"{len(found)} choice{'s' * (len(found) != 1)}"
    lines = [f"{model}, {count} in {file}" if found else f"{model}: {file} leaves nothing to choose"]
    for choice in found:
        lines += ["", *_said(choice)]
    return value, "\n".join(lines)


def _said(choice: Choice) -> Iterator[str]:
    default = f", not {choice.default}" if choice.default not in (None, choice.value) else ""
    domain = f"   of {choice.domain}" if choice.domain else ""
    yield f"{choice.name} = {choice.value}{default}{domain}"
    if choice.why:
        yield fill(choice.why, WIDTH, initial_indent="    ", subsequent_indent="    ")
    where: dict[str, list[str]] = {}
    for use in choice.uses:
        said = f"{use.what} (line {use.line})" if use.what else f"line {use.line}"
        where.setdefault(use.place, []).append(said)
    used = "; ".join(f"{place}: {', '.join(each)}" for place, each in where.items())
    yield fill(used or "nothing uses it", WIDTH, initial_indent="    → ", subsequent_indent="      ")
