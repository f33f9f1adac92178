"""`nl.lock`: what a package was made from and what was written, so that a change of either can be told."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from typing import Any, cast

from nlc.data import backend_files
from nlc.emit.templates import render
from nlc.ir.plan import Plan

NAME = "nl.lock"
FORMAT = 1
STRINGS = ("nlc", "backend", "templates", "semantic_hash", "schedule_hash", "spec")
TABLES = ("settings", "sources", "parts", "files")
Texts = Mapping[str, str]


@dataclass(frozen=True)
class Lock:
    """By SHA-256: `sources` are the spec and what it uses, `parts` one's own, `files` what was written."""

    nlc: str
    language: int
    backend: str
    templates: str
    semantic_hash: str
    schedule_hash: str
    spec: str
    settings: Texts = field(default_factory=dict[str, str])
    sources: Texts = field(default_factory=dict[str, str])
    parts: Texts = field(default_factory=dict[str, str])
    files: Texts = field(default_factory=dict[str, str])

    def text(self) -> str:
        return render(f"package/{NAME}.j2", lock=self, q=_quoted)


@dataclass(frozen=True)
class Difference:
    """One thing that a package would now be made from, and was not."""

    what: str
    was: str
    now: str

    def json(self) -> dict[str, str]:
        return {"what": self.what, "was": self.was, "now": self.now}


def lock(plan: Plan, files: Texts, backend: str) -> Lock:
    """The lock of these files."""
    system, origin = plan.system, plan.system.origin
    return Lock(
        nlc=version("nlc"),
        language=origin.language,
        backend=backend,
        templates=templates(backend),
        semantic_hash=system.semantic_hash,
        schedule_hash=origin.schedule_hash,
        spec=origin.spec,
        settings=origin.settings,
        sources=origin.sources,
        parts=origin.parts,
        files={name: digest(text.encode()) for name, text in files.items()},
    )


def parse(text: str) -> Lock | None:
    """The lock that a file holds; None if it is none, or of a form that this nlc does not know."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None
    tables: dict[str, Any] = {name: data.get(name, {}) for name in TABLES}
    known = data.get("lock") == FORMAT and isinstance(data.get("language"), int)
    known = known and all(isinstance(data.get(name), str) for name in STRINGS)
    if not known or not all(_is_texts(table) for table in tables.values()):
        return None
    return Lock(language=data["language"], **{name: data[name] for name in STRINGS}, **tables)


def _is_texts(table: Any) -> bool:
    return isinstance(table, dict) and all(isinstance(value, str) for value in cast(Any, table).values())


def differences(old: Lock, new: Lock) -> list[Difference]:
    """What the new package would be made from that the old one was not; nothing about where it lies."""
    facts = [
        ("mathematics", old.semantic_hash[:12], new.semantic_hash[:12]),
        ("schedule", old.schedule_hash[:12], new.schedule_hash[:12]),
        ("settings", _shown(old.settings), _shown(new.settings)),
        ("parts", _shown(old.parts), _shown(new.parts)),
        ("nlc", old.nlc, new.nlc),
        ("language", str(old.language), str(new.language)),
        ("backend", old.backend, new.backend),
        ("templates", old.templates[:12], new.templates[:12]),
    ]
    return [Difference(*fact) for fact in facts if fact[1] != fact[2]]


def compared(old: Lock, new: Lock) -> str:
    """`mathematics changed, schedule unchanged`, and whatever else has changed."""
    found = {difference.what: difference for difference in differences(old, new)}
    words = [f"{what} {'changed' if what in found else 'unchanged'}" for what in ("mathematics", "schedule")]
    words += [f"{what} changed" for what in found if what not in ("mathematics", "schedule")]
    return ", ".join(words)


@cache
def templates(backend: str) -> str:
    """The hash of all that the backend's files are written from; all begin with those of torch."""
    folders = dict.fromkeys(("torch", backend))
    files = [file for folder in folders for file in backend_files(folder)]
    return digest("".join(f"{path}\0{text}\0" for path, text in files).encode())


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _shown(values: Texts) -> str:
    return ", ".join(f"{name}={value[:40]}" for name, value in sorted(values.items())) or "none"


def _quoted(value: str) -> str:
    """A TOML string: JSON's, but for what TOML wants escaped besides."""
    text = value.encode("utf-8", "replace").decode()
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
