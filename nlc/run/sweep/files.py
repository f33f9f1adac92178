"""A sweep's folder: results line by line, the table, the picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlc.run.disk import replace
from nlc.run.folder import NoRun
from nlc.run.sweep.picture import picture
from nlc.run.sweep.results import Results
from nlc.run.sweep.table import markdown


@dataclass(frozen=True)
class SweepFolder:
    """Where each file lies."""

    path: Path

    @property
    def results(self) -> Path:
        return self.path / "results.jsonl"

    @property
    def table(self) -> Path:
        return self.path / "table.md"

    @property
    def picture(self) -> Path:
        return self.path / "sweep.svg"

    def open(self) -> Results:
        """What earlier sweeps left here; raises NoRun for a folder of something else."""
        if self.path.exists() and not self.results.exists() and any(self.path.iterdir()):
            raise NoRun(f"{self.path} is not the folder of a sweep: name another --out")
        return Results(self.results)

    def begin(self) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        self.results.touch()

    def tell(self, value: Mapping[str, Any]) -> None:
        """Write the table, and the picture where there is one."""
        replace(self.table, markdown(value).encode())
        drawn = picture(value)
        if drawn:
            replace(self.picture, drawn.encode())
