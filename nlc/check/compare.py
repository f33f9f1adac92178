"""Two checked specs, field by field: what changed in the mathematics, in the schedule, in spelling only."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from nlc.check.alike import alike, memories
from nlc.check.arguments import option_words
from nlc.check.constants import LENGTH, constants
from nlc.check.defaults import PARTS, filled
from nlc.check.evaluation import Constant, resolve, substitute
from nlc.check.labels import labels
from nlc.check.lines import Allowance
from nlc.ir.system import System
from nlc.lock import normal, semantic_hash
from nlc.parts.registry import find
from nlc.read.remarks import remarks
from nlc.report import Report
from nlc.spec.expr import Call, Expr, Name
from nlc.spec.file import Dim, Entry, Field, File, Form, Let, Param, Project, Use
from nlc.spec.time import Every, Quantity, Renewed
from nlc.write.expr import print_domain, print_expr, print_head, print_value
from nlc.write.nl import print_memory, print_nl

Group = Literal["mathematics", "schedule", "spelling"]
GROUPS: tuple[Group, ...] = ("mathematics", "schedule", "spelling")


@dataclass(frozen=True)
class Change:
    """`what` of `place` was `before` and is `after`; None where it was, or is, not there.

    A place is a size, a param, a block, or a memory with its block (`titans.ltm`).
    """

    group: Group
    place: str
    what: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Side:
    """One of the two specs."""

    project: Project
    system: System

    def hash(self) -> str:
        return semantic_hash(self.project, self.system.settings)


Said = dict[tuple[str, str], str]
"""What is said of each place."""


def compare(one: Side, other: Side) -> list[Change]:
    """All changes, group by group, in the order of the text."""
    changes = _changes("mathematics", _mathematics(one), _mathematics(other))
    changes += _changes("schedule", _schedules(one), _schedules(other))
    domains = _domains(one.project.main), _domains(other.project.main)
    both = domains[0].keys() & domains[1].keys()
    changes += _changes("spelling", *({key: said[key] for key in said if key in both} for said in domains))
    if one.hash() != other.hash() and not any(change.group == "mathematics" for change in changes):
        what = "says a default, or the same arguments, in other words: the hash counts it"
        changes.append(Change("spelling", "the spec", what, None, None))
    return changes + list(_looks(one, other))


def _changes(group: Group, before: Said, after: Said) -> list[Change]:
    """Places that came or went are one change each."""
    old, new = {place for place, _ in before}, {place for place, _ in after}
    found: dict[Change, None] = {}
    for place, what in dict.fromkeys((*before, *after)):
        if place in old and place in new:
            values = before.get((place, what)), after.get((place, what))
            if values[0] != values[1]:
                found[Change(group, place, what, *values)] = None
        elif place in old:
            found[Change(group, place, "", _summary(before, place), None)] = None
        else:
            found[Change(group, place, "", None, _summary(after, place))] = None
    return list(found)


def _summary(said: Said, place: str) -> str:
    """A few words for what came or went."""
    parts = [said.get((place, what), "") for what in ("structure", "objective", "optimizer", "update")]
    if any(parts):
        return " · ".join(part.partition("(")[0] for part in parts if part)
    return next(value for (where, _), value in said.items() if where == place)


def _mathematics(side: Side) -> Said:
    out: Said = {}
    for path, file in (*side.project.used, ("", side.project.main)):
        own = side.system if not path else replace(side.system, settings={})
        full, _ = filled(file, own)
        values = constants(file, own.settings, Report()).values
        for item in full.items:
            out |= _item(item, values, path)
    if side.system.length:
        out[f"dim {LENGTH}", ""] = str(side.system.length)
    return out


def _item(item: Use | Dim | Param | Form, values: Mapping[str, Constant], path: str) -> Said:
    where = f"{path}: " if path else ""
    match item:
        case Use(path=used, names=names):
            return {(f"{where}use {used}", ""): ", ".join(sorted(names))}
        case Dim(name=name, value=value):
            return {(f"{where}dim {name}", ""): print_expr(value)}
        case Param(name=name, value=value):
            return {(f"{where}param {name}", ""): print_expr(value)}
        case Form(kind="block" | "model"):
            return _block(item, values, where)
        case Form(kind="schedule"):
            return {}
        case Form():
            return {(f"{where}{item.kind} {item.name}", ""): print_memory(item)}


def _block(form: Form, values: Mapping[str, Constant], where: str) -> Said:
    name = f"{where}{form.name}"
    known = {key: value for key, value in values.items() if key not in {item.name for item in form.inputs}}
    out: Said = {(name, "inputs"): print_head(form).removeprefix(f"{form.kind} {form.name}")}
    for entry in form.fields():
        out[name, entry.name] = _value(_ordered(entry), known)
    around = memories(form)
    for memory in (alike(memory, around, Report()) for memory in form.forms("memory")):
        for label, bound in _members(memory, known):
            inner = {item.name for item in memory.inputs}
            more = {key: value for key, value in (known | bound).items() if key not in inner}
            for entry in memory.entries:
                if isinstance(entry, Field | Let):
                    said = _ordered(entry) if isinstance(entry, Field) else entry.value
                    out[f"{name}.{memory.name}{label}", entry.name] = _value(said, more)
            out[f"{name}.{memory.name}{label}", "inputs"] = ", ".join(item.name for item in memory.inputs)
    out[name, "equations"] = "\n".join(
        _line(entry) for entry in form.entries if not isinstance(entry, Field | Form)
    )
    return out


def _members(memory: Form, values: Mapping[str, Constant]) -> Iterator[tuple[str, dict[str, Constant]]]:
    """The labels of a family, each with what it stands for."""
    if memory.family is None:
        yield "", {}
        return
    limit = 100_000
    for label, bound in labels(memory.family, dict(values), Report(), Allowance(limit, limit)):
        yield f".{label}", {memory.family.name: bound}


def _ordered(entry: Field) -> Expr | Every | Renewed | Quantity:
    """A part with its arguments by name, in the order of the part."""
    value = entry.value
    if not (entry.name in PARTS and isinstance(value, Call) and isinstance(value.function, Name)):
        return value
    found = find(entry.name, value.function.text)
    if found is None or len(value.args) > len(found.model_fields) or found.name == "minimize":
        return value
    given = dict(zip(found.model_fields, value.args, strict=False)) | dict(value.named)
    return replace(
        value, args=(), named=tuple((key, given[key]) for key in found.model_fields if key in given)
    )


def _value(value: Expr | Every | Renewed | Quantity, values: Mapping[str, Constant]) -> str:
    """With the numbers that names stand for."""
    match value:
        case Every(count=count):
            return print_value(value if count is None else replace(value, count=substitute(count, values)))
        case Renewed(value=inner, every=every):
            return f"{_value(inner, values)} {_value(every, values)}"
        case Quantity():
            return print_value(value)
        case Call(function=Name(text=name), args=(), named=named):
            said = [f"{key}={_argument(name, key, given, values)}" for key, given in named]
            return f"{name}({', '.join(said)})"
        case _:
            return print_expr(substitute(value, values))


def _argument(part: str, key: str, value: Expr, values: Mapping[str, Constant]) -> str:
    """An option word as it was chosen, also where a size has the same name; else with numbers put in."""
    chosen = resolve(value, values)
    parts = [found for kind in PARTS if (found := find(kind, part)) and key in found.model_fields]
    if isinstance(chosen, Name) and any(chosen.text in option_words(found, key) for found in parts):
        return chosen.text
    return print_expr(substitute(value, values))


def _line(entry: Entry) -> str:
    form = Form("block", "f", entries=(entry,))
    return print_memory(form).split("\n")[1].strip()


def _schedules(side: Side) -> Said:
    return {
        (f"schedule {form.name}", entry.name): print_value(entry.value)
        for form in side.project.main.forms()
        if form.kind == "schedule"
        for entry in form.fields()
    }


def _domains(file: File) -> Said:
    return {
        (f"param {param.name}", "domain"): print_domain(param.domain) if param.domain else "none"
        for param in file.params()
    }


def _looks(one: Side, other: Side) -> Iterator[Change]:
    """Comments, and the order or the layout of the text."""
    texts = [side.project.main.span.source.text for side in (one, other)]
    if texts[0] == texts[1]:
        return
    if _comments(one) != _comments(other):
        yield Change("spelling", "comments", "", None, None)
    elif print_nl(normal(one.project.main)) == print_nl(normal(other.project.main)):
        yield Change("spelling", "order or layout", "", None, None)


def _comments(side: Side) -> Counter[str]:
    found = remarks(side.project.main.span.source, side.project.main)
    lines = Counter[str]()
    for note in (found.version, *found.places.values()):
        lines.update(
            re.sub(r"^#\s*", "", line) for line in (*note.lead, note.trail, *note.last, note.close) if line
        )
    return lines
