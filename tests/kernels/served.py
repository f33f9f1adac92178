"""A block's package with kernels, run by them in the interpreter, beside its own definition in float64."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
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

    @property
    def steps(self) -> list[str]:
        """The files with the step of a memory."""
        return sorted(path.stem for path in self.package.folder.glob("step_*.py"))

    @property
    def chains(self) -> list[str]:
        """The files with lines of blocks that are one launch each."""
        return sorted(path.stem for path in self.package.folder.glob("chains_*.py"))

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
    whole = max((float(tensor.detach().abs().max()) for tensor in wanted), default=0.0)
    floor = 1e-3 * whole
    gaps = (
        float(
            (a.detach().double() - b.detach().double()).abs().max()
            / max(float(b.detach().abs().max()), floor)
        )
        for a, b in zip(found, wanted, strict=True)
    )
    return max(gaps, default=0.0)


def holds(found: Served, batch: int, tokens: int) -> None:
    """The memory `m` of block `f` has kernels, and in float32 they are its definition."""
    assert found.kernels == ["kernels_f_m"]
    output, gradient = compare(found, batch, tokens)
    assert output < 1e-5 and gradient < 1e-5, (output, gradient)


def compare(found: Served, batch: int, tokens: int, tf32: bool = False, size: int = 0) -> tuple[float, float]:
    """(outputs and state, gradients): the largest gaps to the definition in float64.

    `size` of the block's input, where no memory's keys say it.
    """
    module = found.module()
    exact = found.module().double()
    exact.load_state_dict(module.state_dict())
    x = torch.randn(batch, tokens, size or _size(module))
    results = []
    for layer, given, run in ((module, x, None), (exact, x.double(), found.file("reference").run)):
        given = given.clone().requires_grad_()
        with found.launched(tf32) if run is None else nullcontext():
            y, state = (run or type(layer).carry)(layer, given)
            _weighed(y, state).backward()
        gradients = [given.grad, *(p.grad for p in layer.parameters())]
        results.append(
            (y, [t for name, t in sorted(state.tensors().items()) if t.is_floating_point()], gradients)
        )
    (y, state, gradients), (y2, state2, gradients2) = results
    return max(gap(y, y2), worst(state, state2)), worst(gradients, gradients2)


def definition(found: Served, memory: Any, state: Any, streams: Sequence[Tensor]) -> Tensor:
    """What the memory `m` of block `f` reads, token by token, as `reference.py` has it."""
    reference, out = found.file("reference"), []
    for t in range(streams[0].shape[1]):
        key, value, query, *rest = (x[:, t] for x in streams)
        state = reference.f__m_write(memory, state, key, value, *rest)
        out.append(reference.f__m_read(state, query))
        if hasattr(reference, "f__m_land"):
            state = reference.f__m_land(memory, state, t + 1)
    return torch.stack(out, dim=1)


def _size(module: Any) -> int:
    return next(p for name, p in module.named_parameters() if "keys_linear" in name).shape[1]


def _weighed(y: Tensor, state: Any) -> Any:
    """A number in which every output and every number of the state has its own weight."""
    draw = torch.Generator().manual_seed(5)
    tensors = [y, *(t for name, t in sorted(state.tensors().items()) if t.requires_grad)]
    return sum(
        (t.double() * torch.randn(t.shape, generator=draw, dtype=torch.float64)).sum() for t in tensors
    )
