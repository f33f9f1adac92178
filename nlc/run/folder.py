"""A run's folder: the package, its spec, what was asked for, metrics by step, and the checkpoint."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlc.failure import Failure
from nlc.run.disk import replace


class NoRun(Failure):
    """The folder is not, or is already, what the command needs."""


@dataclass(frozen=True)
class Folder:
    """Where each file of a run lies."""

    path: Path

    @property
    def package(self) -> Path:
        return self.path / "package"

    @property
    def checkpoint(self) -> Path:
        return self.path / "checkpoint.safetensors"

    @property
    def metrics(self) -> Path:
        return self.path / "metrics.jsonl"

    @property
    def facts(self) -> Path:
        return self.path / "run.json"

    @property
    def spec(self) -> Path:
        """The spec as it was read; the suffix says which spelling it has."""
        return next(iter(sorted(self.path.glob("spec.*"))), self.path / "spec.nl")

    def begin(self, spec_name: str, spec_text: str, facts: Mapping[str, Any]) -> None:
        """Make the folder ready for a new run; the files of an earlier one go."""
        self.path.mkdir(parents=True, exist_ok=True)
        for old in (self.checkpoint, self.metrics, *self.path.glob("spec.*")):
            old.unlink(missing_ok=True)
        suffix = Path(spec_name).suffix or ".nl"
        replace(self.path / f"spec{suffix}", spec_text.encode())
        self.write(self.facts, facts)

    def write(self, file: Path, value: Mapping[str, Any]) -> None:
        replace(file, (json.dumps(value, indent=2) + "\n").encode())

    def read(self) -> dict[str, Any]:
        try:
            return json.loads(self.facts.read_text(encoding="utf-8"))
        except (OSError, ValueError) as wrong:
            raise NoRun(f"{self.path} is not the folder of a run: {self.facts.name} is missing") from wrong

    def reads_bytes(self) -> None:
        """Refuse where a model's tokens are those of some tokenizer: bytes mean nothing to it."""
        if self.facts.exists() and (tokens := self.read().get("vocab", 256)) != 256:
            raise NoRun(
                f"the {tokens:,} tokens of {self.path} are those of its checkpoint's tokenizer, and nlc "
                f"reads bytes: in Python, `nlc.trained(…)` is the model, which takes numbers of tokens"
            )

    def same(self, semantic_hash: str, files: Mapping[str, str]) -> None:
        """Refuse if the package here is not the one that the spec gives now."""
        from nlc.emit import changes

        code = {name: text for name, text in files.items() if name != "nl.lock"}
        found = changes(code, self.package)  # the lock may spell the spec's path in another way
        changed = [name for name, change in found.items() if change != "unchanged"]
        if changed:
            raise NoRun(
                f"{self.package} is not what this spec gives now (hash {semantic_hash[:12]}): "
                f"{', '.join(changed)}; start a new run with another --out"
            )

    def records(self) -> Iterator[dict[str, Any]]:
        """The metrics so far; a line that a kill cut short is left out."""
        if not self.metrics.exists():
            return
        for text in self.metrics.read_text(encoding="utf-8").splitlines():
            try:
                record: dict[str, Any] = json.loads(text)
            except ValueError:
                continue
            yield record

    def keep_records(self, last: int) -> None:
        """Forget what came after step `last`: it will come again."""
        lines = [json.dumps(record) for record in self.records() if record["step"] <= last]
        replace(self.metrics, "".join(f"{text}\n" for text in lines).encode())
