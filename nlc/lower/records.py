"""What is recorded of launches: those that nlc brings, and those that its user had chosen on this machine.

`tuned/TEMPLATE.toml` of the backend triton, and a file of that name in the user's cache folder, whose records
go first. A record is by shape of a head, variant, and GPU with the size of a number; its numbers go into
generated code, so what is not of the form of a record is left out.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, cast

from nlc.data import backend
from nlc.home import home

HEAD = "# How kernels are launched, by shape of a head, variant, GPU and size of a number."


class Key(NamedTuple):
    """What a record is of: `64x64`, `solves`, `sm_90 float16`."""

    shape: str
    variant: str
    target: str


class Launch(NamedTuple):
    """How one kernel is launched, and the bytes that a thread then spills."""

    block: int
    warps: int
    stages: int
    stack: int

    def text(self) -> str:
        return "{ " + ", ".join(f"{name} = {value}" for name, value in self._asdict().items()) + " }"


class Record(NamedTuple):
    """Tokens of a chunk, and how each kernel is launched."""

    tokens: int
    kernels: Mapping[str, Launch]


@cache
def records(template: str) -> Mapping[Key, Record]:
    """All that is known of a template's launches."""
    return shipped(template) | own(template)


def shipped(template: str) -> dict[Key, Record]:
    """Those that nlc brings."""
    try:
        return dict(_parsed(backend(f"triton/tuned/{template}.toml")))
    except FileNotFoundError:
        return {}


def own(template: str) -> dict[Key, Record]:
    """Those that the user had chosen here; none where they cannot be read."""
    with suppress(OSError, RuntimeError, ValueError):
        return dict(_parsed(place(template).read_text(encoding="utf-8")))
    return {}


def place(template: str) -> Path:
    """The user's file; RuntimeError where there is no home folder."""
    return home("tuned") / f"{template}.toml"


def text(found: Mapping[Key, Record], triton: str) -> str:
    """The file of these records, chosen with that version of Triton."""
    lines = [HEAD, "# stack: bytes that a thread spills, as compiling shows; nothing was timed."]
    lines.append(f'triton = "{triton}"')
    for key, record in sorted(found.items()):
        lines += ["", f'[schedule.{key.shape}."{key.variant}"."{key.target}"]', f"tokens = {record.tokens}"]
        lines += [f"{name} = {launch.text()}" for name, launch in record.kernels.items()]
    return "\n".join(lines) + "\n"


def _parsed(toml: str) -> Iterator[tuple[Key, Record]]:
    for shape, variants in _tables(tomllib.loads(toml).get("schedule")):
        for variant, targets in _tables(variants):
            for target, table in _tables(targets):
                if record := _record(table):
                    yield Key(shape, variant, target), record


def _tables(value: object) -> list[tuple[str, dict[str, Any]]]:
    items = cast("dict[str, Any]", value).items() if isinstance(value, dict) else ()
    return [(name, item) for name, item in items if isinstance(item, dict)]


def _record(table: Mapping[str, Any]) -> Record | None:
    kernels = {name: _launch(row) for name, row in table.items() if name != "tokens"}
    launches = {name: launch for name, launch in kernels.items() if launch}
    whole = _number(table.get("tokens")) and launches and len(launches) == len(kernels)
    return Record(table["tokens"], launches) if whole else None


def _launch(row: object) -> Launch | None:
    fields = cast("dict[str, Any]", row) if isinstance(row, dict) else {}
    numbers = [fields.get(name) for name in Launch._fields]
    return Launch(**fields) if set(fields) == set(Launch._fields) and all(map(_number, numbers)) else None


def _number(value: object) -> bool:
    return type(value) is int and 0 <= value <= 2**20
