"""What a spec says, apart from how it is spelled: its normal form and its hashes.

Normal order of a file: use, dim and param by name, then forms by kind (memory, block, model, optimizer,
schedule), each kind in the order of the text; so what a file is about is its model if it has one, else its
last block. Normal order of a form: fields by the alphabet, then the forms in it, then equations,
effects and returns in the order of the text. Both spellings of a spec have the same normal form.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from nlc.spec.expr import Expr
from nlc.spec.file import KINDS, Dim, Entry, Field, File, Form, Param, Project, Use
from nlc.write.expr import print_expr
from nlc.write.nl import print_nl

Settings = Mapping[str, Expr]


def normal(file: File) -> File:
    """The same file in normal order."""
    items = [_normal_item(item) for item in file.items]
    return replace(file, items=tuple(sorted(items, key=_item_rank)))


def normal_form(
    spec: Project | File, settings: Settings | None = None, own: Mapping[str, str] | None = None
) -> str:
    """The canonical text of what is computed: without schedules and domains, settings put in.

    `own` are parts that are not nlc's: name to the hash of its file. Those that the text names belong to it.
    """
    project = spec if isinstance(spec, Project) else Project(spec)
    parts = [print_nl(_meaning(project.main, settings or {}))]
    parts += [
        f"# {path}\n{print_nl(_meaning(file, {}))}"
        for path, file in sorted(project.used, key=lambda used: used[0])
    ]
    parts += [f"# part {name} {digest}" for name, digest in _named(own or {}, "\n".join(parts)).items()]
    return "\n".join(parts)


def _named(own: Mapping[str, str], text: str) -> dict[str, str]:
    """Those of one's own parts that a text names."""
    words = set(re.findall(r"\w+", text)) if own else set[str]()
    return {name: digest for name, digest in own.items() if name in words}


def semantic_hash(
    spec: Project | File, settings: Settings | None = None, own: Mapping[str, str] | None = None
) -> str:
    """Changes when the mathematics or a name changes, and with nothing else."""
    return _hash(normal_form(spec, settings, own))


def schedule_hash(spec: Project | File, settings: Settings | None = None) -> str:
    """Changes when a schedule, or a value that one may use, changes."""
    file = _put_in(normal(spec.main if isinstance(spec, Project) else spec), settings or {})
    kept = [item for item in file.items if not isinstance(item, Form | Use) or _is_schedule(item)]
    if not any(_is_schedule(item) for item in kept):
        kept = []
    return _hash(print_nl(replace(file, items=tuple(kept))))


@dataclass(frozen=True)
class Origin:
    """What a system was made from, as far as its mathematics does not say it. Hashes are SHA-256.

    `spec` is the path of the file as it was given, `sources` are that file and all that it uses,
    `settings` what was chosen for its dims and params, `parts` the own parts that it names.
    """

    spec: str = ""
    language: int = 1
    schedule_hash: str = ""
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    sources: Mapping[str, str] = field(default_factory=dict[str, str])
    parts: Mapping[str, str] = field(default_factory=dict[str, str])


def origin(project: Project, settings: Settings, own: Mapping[str, str]) -> Origin:
    """Where a project comes from; paths of this machine are left out."""
    given = PurePath(project.main.span.source.name)
    spec = given.name if given.is_absolute() else given.as_posix()
    files = [(spec, project.main), *project.used]
    return Origin(
        spec=spec,
        language=project.main.version,
        schedule_hash=schedule_hash(project, settings),
        settings={name: print_expr(value) for name, value in sorted(settings.items())},
        sources={path: _hash(file.span.source.text) for path, file in files},
        parts=_named(own, normal_form(project, settings)) if own else {},
    )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _meaning(file: File, settings: Settings) -> File:
    """Normal order, without what computes nothing."""
    file = _put_in(normal(file), settings)
    items = [
        replace(item, domain=None) if isinstance(item, Param) else item
        for item in file.items
        if not _is_schedule(item)
    ]
    return replace(file, items=tuple(items))


def _put_in(file: File, settings: Settings) -> File:
    items = [
        replace(item, value=settings[item.name])
        if isinstance(item, Dim | Param) and item.name in settings
        else item
        for item in file.items
    ]
    return replace(file, items=tuple(items))


def _is_schedule(item: object) -> bool:
    return isinstance(item, Form) and item.kind == "schedule"


def _normal_item(item: Use | Dim | Param | Form) -> Use | Dim | Param | Form:
    if isinstance(item, Use):
        return replace(item, names=tuple(sorted(item.names)))
    return _normal_form(item) if isinstance(item, Form) else item


def _normal_form(form: Form) -> Form:
    entries = [_normal_form(entry) if isinstance(entry, Form) else entry for entry in form.entries]
    return replace(form, entries=tuple(sorted(entries, key=_entry_rank)))


def _item_rank(item: Use | Dim | Param | Form) -> tuple[int, int, str]:
    if isinstance(item, Form):
        return 3, KINDS.index(item.kind), ""
    return (Use, Dim, Param).index(type(item)), 0, item.path if isinstance(item, Use) else item.name


def _entry_rank(entry: Entry) -> tuple[int, str]:
    if isinstance(entry, Field):
        return 0, entry.name
    return (1, f"{KINDS.index(entry.kind)}") if isinstance(entry, Form) else (2, "")
