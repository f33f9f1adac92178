"""A block's package with kernels, run by them in the interpreter, beside its own definition in float64."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

import nlc
from nlc.run.kernels.interpret import interpreting
from nlc.run.load import Package, build


@dataclass(frozen=True)
class Served:
    """One spec; its last form is a block."""

    package: Package

    def module(self, seed: int = 0) -> Any:
        torch.manual_seed(seed)
        return self.package.build()

    @property
    def _name(self) -> str:
        return self.package.module.__name__

    @property
    def kernels(self) -> list[str]:
        """The files of kernels."""
        return sorted(path.stem for path in self.package.folder.glob("kernels_*.py"))

    def file(self, name: str) -> Any:
        return importlib.import_module(f"{self._name}.{name}")

    @contextmanager
    def launched(self, tf32: bool = False) -> Iterator[None]:
        """Within it kernels serve, though no tensor is on a GPU."""
        device = self.file("device")
        before = device.serves, device.target
        precision = torch.get_float32_matmul_precision()
        device.serves = lambda tensor: tensor.dtype in device.KINDS
        device.target = lambda: "sm_90"
        torch.set_float32_matmul_precision("high" if tf32 else "highest")
        try:
            with interpreting(tf32):
                yield
        finally:
            device.serves, device.target = before
            torch.set_float32_matmul_precision(precision)


def served(text: str, **settings: Any) -> Served:
    return Served(build(nlc.loads(text, **settings).files("triton")))


def gap(found: Tensor, wanted: Tensor) -> float:
    """max |found − wanted| / max |wanted|."""
    wide, right = found.detach().double(), wanted.detach().double()
    return float((wide - right).abs().max() / right.abs().max().clamp(min=1e-30))


def worst(found: Sequence[Tensor], wanted: Sequence[Tensor]) -> float:
    """The largest gap; where all of a tensor is small beside the rest, the rest is what it is held to."""
    whole = max(float(tensor.detach().abs().max()) for tensor in wanted)
    floor = 1e-3 * whole
    return max(
        float(
            (a.detach().double() - b.detach().double()).abs().max()
            / max(float(b.detach().abs().max()), floor)
        )
        for a, b in zip(found, wanted, strict=True)
    )
