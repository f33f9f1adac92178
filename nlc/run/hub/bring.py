"""A checkpoint's folder becomes a run: its spec, the compiled package, and its weights to the bit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from nlc.check import Budget
from nlc.run import checkpoint
from nlc.run.folder import Folder, NoRun
from nlc.run.hub import spec
from nlc.run.hub.family import Family, Values
from nlc.run.hub.folder import CONFIG, TYPES, Header, HubFolder, NoCheckpointFolder, named, parse, read
from nlc.run.hub.gpt2 import GPT2
from nlc.run.hub.keys import Keys, short
from nlc.run.hub.llama import LLAMA
from nlc.run.hub.tensors import into_ours, shapes
from nlc.run.load import Package, build
from nlc.run.stages import Stages
from nlc.run.train import surroundings
from nlc.source import Source

SPEC = "spec.nl"
FAMILIES = {family.name: family for family in (LLAMA, GPT2)}


class NotSaid(NoCheckpointFolder):
    """The config changes what is computed in a way that the family's spec does not say."""


@dataclass(frozen=True)
class Described:
    """What a config says: of which family it is, and its sizes in the words of that family's spec."""

    family: Family
    values: Values
    remarks: tuple[str, ...]


def describe(text: str, place: Path) -> Described:
    """Raises NotSaid, which names every key that stands in the way."""
    config = parse(text, place)
    kind = config.get("model_type")
    if not isinstance(kind, str) or kind not in FAMILIES:
        shown = short(str(kind)) if kind is not None else "nothing"
        raise NotSaid(f"{place} says `model_type` {shown}; nlc imports {' and '.join(FAMILIES)}")
    family, keys = FAMILIES[kind], Keys(config)
    classes = keys.take("architectures")
    if classes not in (None, [family.architecture]):
        keys.wrong.append(f"architectures = {short(str(classes))}: nlc imports {family.architecture}")
    keys.harmless()
    values = family.values(keys)
    keys.end()
    if keys.wrong:
        lines = "".join(f"\n  {line}" for line in keys.wrong)
        raise NotSaid(f"{place} says what this spec would not say:{lines}", {"keys": keys.wrong})
    return Described(family, values, tuple(keys.remarks))


@dataclass(frozen=True)
class Import:
    """One folder on its way in: `write` writes only once all of it is known to fit."""

    source: HubFolder
    levels: spec.Levels | None = None
    budget: Budget | None = None

    @cached_property
    def config(self) -> str:
        return self.source.config()

    @cached_property
    def described(self) -> Described:
        return describe(self.config, self.source.path / CONFIG)

    @cached_property
    def stages(self) -> Stages:
        """The spec and all that is made of it."""
        found = self.described
        text = spec.text(found.family.name, found.values, self.levels)
        return Stages(Path(SPEC), budget=self.budget, text=Source(SPEC, text, within=SPEC))

    def write(self, run: Folder) -> dict[str, Any]:
        """Make the run's folder; what was done, for people and programs."""
        if run.checkpoint.exists():
            raise NoRun(f"{run.path} holds a run already: name another -o")
        headers = self.source.headers()
        package = build(self.stages.files)
        ours = parameters(package)
        pieces = self.described.family.pieces(self.described.values, places(ours), headers.keys())
        spare = _spare(self.described.family, headers.keys() - {piece.theirs for piece in pieces})
        _same(shapes(pieces, ours), {n: h for n, h in headers.items() if n not in spare}, self.source.path)
        get: Callable[[str], Tensor] = lambda name: read(headers[name], name)  # noqa: E731
        tensors = checkpoint.pack("model", into_ours(pieces, ours, get))
        tensors |= checkpoint.pack("spare", {name: get(name) for name in sorted(spare)})
        self.stages.write(run.package)
        run.begin(SPEC, self.stages.system.text, self._facts())
        checkpoint.write(run.checkpoint, checkpoint.Checkpoint(tensors, self._kept(package, headers)))
        return self._told(run, ours, headers)

    def _facts(self) -> dict[str, Any]:
        return {
            "name": self.stages.system.name,
            "levels": self.stages.levels,
            "data": ["pydoc"],
            "vocab": self.described.values["vocab"],
        }

    def _kept(self, package: Package, headers: Mapping[str, Header]) -> dict[str, Any]:
        """What the way back needs beside the weights."""
        return {
            "semantic_hash": package.spec["semantic_hash"],
            "steps": 0,
            "surroundings": surroundings(),
            "imported": {
                "config": self.config,
                "types": {name: header.type for name, header in sorted(headers.items())},
                "levels": list(self.levels.periods) if self.levels else [],
            },
        }

    def _told(
        self, run: Folder, ours: Mapping[str, torch.Size], headers: Mapping[str, Header]
    ) -> dict[str, Any]:
        groups = self.levels.groups(int(self.described.values["layers"])) if self.levels else []
        return {
            "run": str(run.path),
            "spec": str(run.spec),
            "family": self.described.family.name,
            "values": dict(self.described.values),
            "tensors": len(headers),
            "parameters": sum(shape.numel() for shape in ours.values()),
            "levels": [{"layers": count, "tokens": period} for period, count in groups],
        }


def parameters(package: Package) -> dict[str, torch.Size]:
    """The shapes of a package's parameters, in the order of its text; none is made."""
    with torch.device("meta"):
        model = package.build()
    return {name: tensor.shape for name, tensor in model.state_dict().items()}


def places(ours: Mapping[str, torch.Size]) -> list[str]:
    """Where the layers are in the model, first to last."""
    end = ".attn.queries_linear.weight"
    return [name.removesuffix(end) for name in ours if name.endswith(end)]


def _spare(family: Family, names: set[str]) -> set[str]:
    return {name for name in names if family.spare.fullmatch(name)}


def _same(wanted: Mapping[str, tuple[int, ...]], found: Mapping[str, Header], place: Path) -> None:
    """Refuse what is missing, what nobody asked for, and what has another shape or type."""
    wrong: list[str] = []
    if missing := sorted(wanted.keys() - found.keys()):
        wrong.append(f"missing: {named(missing)}")
    if extra := sorted(found.keys() - wanted.keys()):
        wrong.append(f"not in this model: {named(extra)}")
    for name in sorted(wanted.keys() & found.keys()):
        if found[name].shape != wanted[name]:
            wrong.append(f"`{short(name)}` is {found[name].shape}, the config asks for {wanted[name]}")
        elif found[name].type not in TYPES:
            wrong.append(f"`{short(name)}` is of type {found[name].type}; known are {', '.join(TYPES)}")
    if wrong:
        more = f"\n  and {len(wrong) - 8} more" if len(wrong) > 8 else ""
        lines = "".join(f"\n  {line}" for line in wrong[:8])
        text = f"the tensors in {place} are not those of its config:{lines}{more}"
        raise NoCheckpointFolder(text, {"tensors": wrong})
