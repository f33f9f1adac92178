"""A block that std has and the file does not use: the line that brings it in."""

from __future__ import annotations

import re

from nlc.check import elsewhere
from nlc.check.problem import Stopped, problem
from nlc.data import grammar
from nlc.read.uses import standard_names
from nlc.report import Fix, Report
from nlc.source import Source, Span, is_yaml
from nlc.spec.expr import Name
from nlc.spec.file import File, Use
from nlc.suggest import same

_BLOCK = re.compile(r"^block (\w+)", re.M)


def absent(file: File, name: Name, report: Report) -> Stopped | None:
    """Say where the block is that this name calls; None where std has none of the name."""
    here = standard_blocks()
    meant = elsewhere.STD.get(name.text)
    found = meant or next((block for block in here if same(name.text, block)), None)
    if found not in here:
        return None
    path, title = here[found], f"unknown op, block or memory `{name.text}`"
    line = f'use "{path}" ({found})'
    label = f"`{found}` is in {path}"
    if name.text != found:
        note = f"did you mean `{found}`? it needs `{line}`"
        return problem(report, "E0404", title, name.span, label, notes=[note])
    fix = _used(file, path, found)
    notes = [] if fix else [f"add `{line}`"]
    return problem(report, "E0404", title, name.span, label, notes=notes, fix=fix)


def standard_blocks() -> dict[str, str]:
    """Every block of `std/`, and the path of its file."""
    paths = (f"std/{name}" for name in sorted(standard_names()))
    return {block: path for path in paths for block in _BLOCK.findall(grammar(path))}


def _used(file: File, path: str, block: str) -> Fix | None:
    """The line put in; None where its place is not plain."""
    source = file.span.source
    if is_yaml(source):
        return _in_yaml(source, file.uses(), path, block)
    line = f'use "{path}" ({block})'
    first = re.search(r"^[ \t]*nl[ \t]+1[ \t]*(#[^\n]*)?\n", source.text, re.M)
    if first is None:
        return None
    place = Span(source, first.end(), first.end())
    space = "" if source.text[first.end() :].lstrip(" \t").startswith("use ") else "\n"
    return Fix(f"add `{line}`", place, f"{space}{line}\n")


def _in_yaml(source: Source, uses: tuple[Use, ...] | list[Use], path: str, block: str) -> Fix | None:
    line = f"{path}: [{block}]"
    first = re.search(r"^nl: *1[ \t]*(#[^\n]*)?\n", source.text, re.M)
    if uses or first is None or re.search(r"^use:", source.text, re.M):
        return None
    place = Span(source, first.end(), first.end())
    return Fix(f"add `use: {{{line}}}`", place, f"use:\n  {line}\n")
