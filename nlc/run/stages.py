"""From a spec file through the stages, each made when it is asked for and only then imported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from nlc.report import SpecError

if TYPE_CHECKING:
    from nlc.check import Budget
    from nlc.ir.levels import LevelGraph
    from nlc.ir.plan import Plan
    from nlc.ir.system import System
    from nlc.source import Source
    from nlc.spec.file import Project


@dataclass(frozen=True)
class Stages:
    """One spec with what was said about it on the command line."""

    path: Path
    root: Path | None = None
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    budget: Budget | None = None
    length: int = 0
    backend: str = "torch"
    block: str | None = None
    """This block of the file alone; `project` raises LookupError where there is none."""
    text: Source | SpecError | None = None
    """Instead of the file: `path` is then a name only."""
    seen: set[Path] | None = None
    """Takes up the files that the spec uses, or would use."""

    @cached_property
    def project(self) -> Project:
        from nlc.read import read, read_text

        if isinstance(self.text, SpecError):
            raise self.text
        if self.text is not None:
            project = read_text(self.text.text, self.text.name)
        else:
            project = read(self.path, root=self.root, seen=self.seen)
        if self.block is None:
            return project
        from nlc.check.extract import extract

        return extract(project, self.block)

    @cached_property
    def system(self) -> System:
        from nlc.check import check

        return check(self.project, self.settings, self.budget, self.length)

    @cached_property
    def graph(self) -> LevelGraph:
        from nlc.level import level

        return level(self.system)

    @cached_property
    def levels(self) -> dict[str, str]:
        """Each memory's level in words."""
        words: dict[str, str] = {}
        for node in self.graph.nodes:
            if node.level:
                plural = "s" if node.period.count > 1 else ""
                words[node.name] = f"{node.level}, every {node.period.count} {node.period.unit}{plural}"
        return words

    @cached_property
    def diagram(self) -> str:
        """The levels as a picture."""
        from nlc.level.draw import svg

        return svg(self.graph)

    @cached_property
    def plan(self) -> Plan:
        from nlc.lower import lower

        _ = self.graph  # what is refused when levels are derived is refused before anything is planned
        return lower(self.system, self.length)

    @cached_property
    def files(self) -> dict[str, str]:
        from nlc.emit import emit

        return emit(self.plan, self.backend)

    def write(self, folder: Path) -> None:
        from nlc.emit import write

        write(self.files, folder)
