"""A path to a Project: the one place of the reading stage that opens files, and the rules for that.

A spec comes from strangers: what it uses must lie in the folder of the main file (or in `root`), after
all symbolic links are followed. `std/…` is nlc's own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from nlc.data import grammar
from nlc.read.nl import LARGEST, parse
from nlc.read.yaml import parse_yaml
from nlc.report import Diagnostic, Fix, Label, Report, SpecError
from nlc.source import Source, Span, is_yaml
from nlc.spec.file import File, Project, Use
from nlc.suggest import nearest, same, slipped

DEEPEST = 16
SUFFIXES = (".nl", ".yaml", ".yml")


def read(path: str | Path, *, root: str | Path | None = None, seen: set[Path] | None = None) -> Project:
    """The file at `path` and all it uses; raises SpecError, and OSError if `path` cannot be opened.

    `seen` takes up every file that was looked for, whether or not it was there.
    """
    path = Path(path)
    base = Path(root) if root is not None else path.parent
    within = base.resolve()
    here = path.resolve()
    canonical = here.relative_to(within).as_posix() if here.is_relative_to(within) else ""
    source = load(path, path.as_posix(), canonical)
    if not canonical:
        raise _whole(source, "E0131", "this file lies outside the root", f"the root is `{base}`")
    return _Reading(within, base, seen=set() if seen is None else seen).project(source, canonical)


def read_text(text: str, name: str = "spec.nl") -> Project:
    """A spec from text; it may use `std/…` only."""
    return _Reading(None).project(Source(name, text, within=name), name)


def load(path: Path, name: str, within: str = "") -> Source:
    """The text of a file that is there."""
    with path.open("rb") as stream:
        return decode(stream, name, path, within)


def decode(stream: BinaryIO, name: str, path: Path | None = None, within: str = "") -> Source:
    """The text that a stream holds; raises SpecError if it is too long or none."""
    data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise _whole(Source(name, ""), "E0111", "this file is too large", "the limit is 1 MiB")
    try:
        return Source(name, data.decode("utf-8-sig"), path, within=within)
    except UnicodeDecodeError as error:
        text = data[: error.start].decode("utf-8")
        place = Source(name, text + "\ufffd")
        raise _whole(place, "E0112", "this is no UTF-8 text", "save the file as UTF-8", len(text)) from None


def parse_any(source: Source) -> File:
    """By its suffix; text without one is `.nl`."""
    return parse_yaml(source) if is_yaml(source) else parse(source)


def _whole(source: Source, code: str, message: str, label: str, at: int = 0) -> SpecError:
    return SpecError(Report([Diagnostic(code, message, Label(Span(source, at, at + 1), label))]))


@dataclass
class _Reading:
    """One project on its way in; `root` None: there are no files but nlc's own."""

    root: Path | None
    base: Path = field(default_factory=Path)
    """The root as the user wrote it: messages name files so."""
    report: Report = field(default_factory=Report)
    used: dict[str, File] = field(default_factory=dict[str, File])
    seen: set[Path] = field(default_factory=set[Path])

    def project(self, source: Source, canonical: str) -> Project:
        main = self.file(source, [canonical])
        self.report.stop()
        assert main is not None
        return Project(main, tuple(sorted(self.used.items(), key=lambda item: item[0])))

    def file(self, source: Source, path: list[str]) -> File | None:
        """The parsed file with canonical uses, and all that it uses in `self.used`."""
        try:
            file = parse_any(source)
        except SpecError as error:
            for diagnostic in error.report.diagnostics:
                self.report.add(diagnostic)
            return None
        items = [self.follow(item, path) if isinstance(item, Use) else item for item in file.items]
        return replace(file, items=tuple(items))

    def follow(self, use: Use, path: list[str]) -> Use:
        try:
            canonical, load_it = self.place(use, path)
            if canonical in path:
                circle = " → ".join([*path[path.index(canonical) :], canonical])
                raise self.wrong(use, "E0132", "files use each other in a circle", circle)
            if len(path) > DEEPEST:
                raise self.wrong(
                    use, "E0133", "files use each other too deep", f"the limit is {DEEPEST} files"
                )
            if canonical not in self.used:
                file = self.file(load_it(), [*path, canonical])
                self.used[canonical] = file or File(1, ())
        except SpecError as error:
            for diagnostic in error.report.diagnostics:
                self.report.add(diagnostic)
            return use
        return replace(use, path=canonical)

    def place(self, use: Use, path: list[str]) -> tuple[str, Callable[[], Source]]:
        """The canonical path of a used file, and what loads it."""
        if "\0" in use.path or "\\" in use.path or ":" in use.path or use.path.startswith(("/", "~")):
            label = 'write a path relative to this file, as `"parts/cms.nl"`'
            raise self.wrong(use, "E0131", "a used file lies in the project", label)
        within_std = path[-1].startswith("std/")
        if use.path.startswith("std/") or within_std:
            return self.standard(use)
        if self.root is None:
            raise self.wrong(
                use, "E0131", "a text without a file uses `std/…` only", "save it as a file first"
            )
        return self.own(use, self.root, path)

    def standard(self, use: Use) -> tuple[str, Callable[[], Source]]:
        name = use.path.removeprefix("std/")
        known = standard_names()
        if name not in known:
            meant = nearest(name, known) or nearest(f"{name}.nl", known)
            label = f"std has {', '.join(sorted(known)) or 'no files'}"
            raise self.wrong(
                use, "E0130", f"there is no `std/{name}`", label, f"std/{meant}" if meant else None
            )
        path = f"std/{name}"
        return path, lambda: Source(path, grammar(path), shipped=True, within=path)

    def own(self, use: Use, root: Path, path: list[str]) -> tuple[str, Callable[[], Source]]:
        folder = root / PurePosixPath(path[-1]).parent
        try:
            target = (folder / use.path).resolve()
        except (OSError, RuntimeError):
            raise self.wrong(use, "E0130", "this path leads nowhere", "is a link in it a circle?") from None
        if not target.is_relative_to(root):
            note = "a project is the folder of the file that is read; `--root` names a larger one"
            raise self.wrong(use, "E0131", "this file lies outside the project", note)
        self.seen.add(target)
        if target.suffix not in SUFFIXES:
            raise self.wrong(use, "E0134", "this is no spec", "specs end in `.nl`, `.yaml` or `.yml`")
        if not target.is_file():
            near = [other.name for other in _siblings(target)]
            meant = nearest(target.name, near)
            fixed = (PurePosixPath(use.path).parent / meant).as_posix() if meant else None
            label = "no such file, seen from this one"
            raise self.wrong(use, "E0130", f"there is no `{use.path[:80]}`", label, fixed)
        shown = target.relative_to(root).as_posix()
        return shown, lambda: load(target, (self.base / shown).as_posix(), shown)

    def wrong(self, use: Use, code: str, message: str, label: str, instead: str | None = None) -> SpecError:
        place = _path_span(use)
        advice = f"did you mean `{instead}`?"
        certain = instead and (same(use.path, instead.rpartition(".")[0]) or _near(use.path, instead))
        if instead and certain:
            fix = Fix(advice, place, instead)
            return SpecError(Report([Diagnostic(code, message, Label(place, label), fix=fix)]))
        notes = (advice,) if instead else ()
        return SpecError(Report([Diagnostic(code, message, Label(place, label), notes=notes)]))


def _near(path: str, other: str) -> bool:
    return same(path, other) or slipped(path, other)


def standard_names() -> set[str]:
    """The files of `std/`."""
    from importlib.resources import files

    folder = files("nlc.grammar").joinpath("std")
    return (
        {entry.name for entry in folder.iterdir() if entry.name.endswith(".nl")} if folder.is_dir() else set()
    )


def _siblings(target: Path) -> list[Path]:
    if not target.parent.is_dir():
        return []
    return [other for other in sorted(target.parent.iterdir())[:1000] if other.suffix in SUFFIXES]


def _path_span(use: Use) -> Span:
    """The path itself within `use "path" (…)` or `path: […]`."""
    at = use.span.text.find(use.path)
    if at < 0 or not use.path:
        return use.span
    return Span(use.span.source, use.span.start + at, use.span.start + at + len(use.path))
