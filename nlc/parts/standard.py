"""nlc's own blocks, `std/…`: what each takes, and its source as it stands there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from nlc.data import grammar
from nlc.read import parse
from nlc.read.uses import standard_names
from nlc.source import Source
from nlc.spec.file import Form
from nlc.write.expr import print_expr


@dataclass(frozen=True)
class Standard:
    """One block. `arguments` have a default, `inputs` are streams; `about` is how its file begins."""

    name: str
    file: str
    inputs: tuple[str, ...]
    arguments: Mapping[str, str]
    about: str
    source: str

    def json(self) -> dict[str, Any]:
        return {"kind": "block", **asdict(self)}


@cache
def blocks() -> Mapping[str, Standard]:
    """By name, in the order of files and of their text."""
    found: dict[str, Standard] = {}
    for file in sorted(standard_names()):
        source = Source(f"std/{file}", grammar(f"std/{file}"), shipped=True, within=f"std/{file}")
        head = source.text.partition("\n\n")[0]
        about = " ".join(line.lstrip("# ") for line in head.splitlines() if line.startswith("#"))
        for form in (each for each in parse(source).forms() if each.kind == "block"):
            found[form.name] = _block(form, source, about)
    return found


def _block(form: Form, source: Source, about: str) -> Standard:
    arguments = {each.name: print_expr(each.default) for each in form.inputs if each.default is not None}
    return Standard(
        form.name,
        source.name,
        tuple(each.name for each in form.inputs if each.default is None),
        arguments,
        about,
        form.span.text,
    )


def page(block: Standard) -> str:
    """The block as a person reads it."""
    lines = [f"block {block.name}, from {block.file}", "", block.about, ""]
    if block.arguments:
        width = max(map(len, block.arguments))
        lines += [f"{'argument':<{max(8, width)}}  default"]
        lines += [f"{name:<{max(8, width)}}  {value}" for name, value in block.arguments.items()]
        lines += [""]
    lines += [f'    use "{block.file}" ({block.name})', ""]
    return "\n".join([*lines, *(f"    {line}".rstrip() for line in block.source.splitlines())])
