"""The training loop: small enough to read, resumable to the bit, and silent about nothing."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import torch

from nlc.failure import Failure
from nlc.run import checkpoint
from nlc.run.blame import Blame, blame, level_of, place_of
from nlc.run.evaluate import NotFinite, evaluate
from nlc.run.folder import Folder, NoRun
from nlc.run.load import Model, Package, load
from nlc.run.outer import Outer, factor
from nlc.run.progress import Progress
from nlc.run.reach import within
from nlc.run.text import Batches, Text

FIXED = ("batch", "length", "seed", "clip", "warmup")
"""What a resumed run must not change, besides its spec and its text."""


@dataclass(frozen=True)
class Settings:
    """What is asked of a run. With both `steps` and `minutes` it ends at whichever comes first."""

    steps: int | None = None
    minutes: float | None = None
    batch: int = 16
    length: int = 256
    seed: int = 0
    data: tuple[str, ...] = ("pydoc",)
    clip: float = 1.0
    warmup: float = 0.05
    validate_every: int = 100
    validate_bytes: int = 16_384
    save_every: int = 200

    def progress(self, steps: int, seconds: float) -> float:
        """How much of the run is over, between 0 and 1; the schedule goes by it."""
        by_steps = steps / self.steps if self.steps else 0.0
        by_time = seconds / (60 * self.minutes) if self.minutes else 0.0
        return min(1.0, max(by_steps, by_time))


class Stopped(Failure):
    """The run broke off because something was no number any more."""

    code = 1

    def __init__(self, where: Blame, kept: str) -> None:
        super().__init__(f"training stopped at {where.text}; {kept}")
        self.where = where


class Run:
    """One model on its way: `advance` takes it to the end, or to step `until`."""

    def __init__(
        self, folder: Folder, text: Text, settings: Settings, package: Package | None = None
    ) -> None:
        self.folder, self.text, self.settings = folder, text, settings
        self.package = package or load(folder.package)
        if self.package.spec.get("kind") == "block":
            raise NoRun("this spec is a layer, not a model: to train it, end it with a `model` form")
        if self.package.vocab < 256:
            raise NoRun(f"bytes need a vocabulary of 256; this model has {self.package.vocab}")
        self.levels: dict[str, str] = folder.read().get("levels", {})
        self.steps = 0
        self.seconds = 0.0
        with own_generator():
            torch.default_generator.manual_seed(settings.seed)
            self.model = self.package.build()
            self._random = torch.get_rng_state()
        within(self.model, settings.length)
        self.outer = Outer(self.package.optimizer(self.model), settings.clip)
        self.batches = Batches(text.train, settings.batch, settings.length, settings.seed)

    @property
    def share(self) -> float:
        return self.settings.progress(self.steps, self.seconds)

    def advance(self, progress: Progress, until: int | None = None) -> None:
        """Train, write metrics and checkpoints; an interrupt saves before it goes on its way."""
        last = math.inf if until is None else until
        with (
            own_generator(),
            self.folder.metrics.open("a", encoding="utf-8", buffering=1) as metrics,
        ):
            torch.set_rng_state(self._random)
            if not self.folder.checkpoint.exists():
                self.save()
            try:
                while self.share < 1 and self.steps < last:
                    record = self._step()
                    metrics.write(json.dumps(record) + "\n")
                    progress.step(record, self.share)
                    if self.steps % self.settings.save_every == 0:
                        self.save()
            except KeyboardInterrupt:
                self.save()
                raise
            self.save()

    def _step(self) -> dict[str, Any]:
        """One batch; the model moves only if all of it is finite."""
        begun = time.perf_counter()
        ids = self.batches.next()
        self.model.train()
        loss = self.model.loss(ids)
        loss.backward()  # pyright: ignore[reportUnknownMemberType]
        nats, norm = float(loss.detach()), self.outer.clip_gradients()
        if not (math.isfinite(nats) and math.isfinite(norm)):
            raise self._stop(blame(self.model, ids, self.steps + 1, self.levels))
        # A run by the clock rises by the clock too; its first step still has to move.
        ahead = self.settings.progress(self.steps + 1, self.seconds)
        rate = self.outer.step(self.steps + 1, factor(ahead, self.settings.warmup))
        self.steps += 1
        seconds = time.perf_counter() - begun
        self.seconds += seconds
        record = {
            "step": self.steps,
            "loss": nats,
            "bits_per_byte": nats / math.log(2),
            "lr": rate,
            "grad_norm": norm,
            "tokens_per_s": round(ids.numel() / seconds, 1),
        }
        if self.steps % self.settings.validate_every == 0 or self.share >= 1:
            record["val_bits_per_byte"] = self.validate()
        return record

    def validate(self) -> float:
        """Bits per byte on the beginning of the validation part: for the eye, not for the record."""
        begun = time.perf_counter()
        data = self.text.valid[: self.settings.validate_bytes]
        try:
            return evaluate(self.model, data)
        except NotFinite as wrong:
            level = level_of(wrong.memory, self.levels)
            place = place_of(wrong.memory, self.model)
            where = Blame(self.steps, wrong.memory, level, on=" on the validation text", place=place)
            raise self._stop(where) from wrong
        finally:
            self.seconds += time.perf_counter() - begun

    def judge(self) -> float:
        """Bits per byte on the whole validation part."""
        return evaluate(self.model, self.text.valid)

    def _stop(self, where: Blame) -> Stopped:
        kept = checkpoint.read(self.folder.checkpoint).facts["steps"]
        return Stopped(where, f"the checkpoint of step {kept} is kept in {self.folder.checkpoint}")

    def save(self) -> None:
        """Everything that the next step depends on."""
        optimizer, numbers = checkpoint.pack_outer(self.outer)
        tensors = checkpoint.pack("model", self.model.state_dict()) | optimizer
        tensors |= {"generator.torch": torch.get_rng_state(), "generator.data": self.batches.cursor}
        facts = {
            "semantic_hash": self.package.spec.get("semantic_hash", ""),
            "steps": self.steps,
            "seconds": self.seconds,
            "numbers": numbers,
            "settings": asdict(self.settings),
            "text": self.text.digest,
            "surroundings": surroundings(),
        }
        checkpoint.write(self.folder.checkpoint, checkpoint.Checkpoint(tensors, facts))

    def resume(self) -> list[str]:
        """Take up the folder's checkpoint; what may keep the continuation from being exact."""
        found = checkpoint.read(self.folder.checkpoint)
        self._refuse(found.facts)
        tensors = checkpoint.unpack("model", found.tensors)
        self.model.load_state_dict(checkpoint.fit(tensors, self.model.state_dict(), "model"))
        checkpoint.unpack_outer(self.outer, found)
        self._random = found.tensors["generator.torch"]
        self.batches.cursor = found.tensors["generator.data"]
        self.steps, self.seconds = int(found.facts["steps"]), float(found.facts["seconds"])
        self.folder.keep_records(self.steps)
        then, now = found.facts["surroundings"], surroundings()
        return [
            f"{name} was {then.get(name)} and is {now[name]} now: the continuation is not exact to the bit"
            for name in now
            if then.get(name) != now[name]
        ]

    def _refuse(self, facts: Mapping[str, Any]) -> None:
        ours = {"spec": self.package.spec.get("semantic_hash", "")}
        theirs = {"spec": facts["semantic_hash"]}
        settings = json.loads(json.dumps(asdict(self.settings)))
        ours |= {name: settings[name] for name in FIXED}
        theirs |= {name: facts["settings"].get(name) for name in FIXED}
        changed = [
            f"{name} was {theirs[name]}, now {ours[name]}" for name in ours if ours[name] != theirs[name]
        ]
        # Another spelling of a path is the same text, and the same path may hold another text.
        if facts.get("text") != self.text.digest:
            names = " ".join(facts["settings"].get("data", []))
            changed.append(f"the text of {names} is not that of {self.text.name}, or has changed")
        if changed:
            raise NoRun(f"this is not the run in {self.folder.path}: {'; '.join(changed)}")


def trained(folder: Folder) -> Model:
    """The model of a run, as its checkpoint has it."""
    found = checkpoint.read(folder.checkpoint)
    package = load(folder.package)
    if package.spec.get("semantic_hash", "") != found.facts["semantic_hash"]:
        raise checkpoint.NoCheckpoint(f"{folder.checkpoint} is of another spec than {folder.package}")
    with own_generator():
        model = package.build()
    tensors = checkpoint.unpack("model", found.tensors)
    model.load_state_dict(checkpoint.fit(tensors, model.state_dict(), "model"))
    return model


def surroundings() -> dict[str, Any]:
    """What the bits of a run depend on besides its settings."""
    return {"torch": str(torch.__version__), "threads": torch.get_num_threads()}


@contextmanager
def own_generator() -> Generator[None]:
    """torch's generator is put back afterwards: a run takes nothing from its caller's chance."""
    before = torch.get_rng_state()
    try:
        yield
    finally:
        torch.set_rng_state(before)
