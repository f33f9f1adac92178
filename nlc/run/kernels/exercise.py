"""A package of kernels used once, forward and backward, as on a GPU that is not there."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, cast

import torch

from nlc.ir.plan import Plan
from nlc.run.kernels.patch import patched
from nlc.run.load import Package

DTYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16, "float32": torch.float32}


def exercise(package: Package, plan: Plan, length: int, dtype: torch.dtype) -> None:
    """One sequence of `length` tokens through the whole and back; numbers do not matter.

    Below float32 it runs under autocast. Within `recording` or `interpreting`, launches are theirs.
    """
    model: Any = package.build()
    with _serving(package, dtype):
        made = _first(model(*_inputs(package, plan, length)))
        made.float().sum().backward()  # pyright: ignore[reportUnknownMemberType]


def fused(package: Package, plan: Plan, length: int, dtype: torch.dtype) -> None:
    """One sequence forward, as where many at once fill the GPU: kernels with a schedule for that serve."""
    model: Any = package.build()
    launcher = sys.modules[f"{package.module.__name__}.device"].Launcher

    def fills(one: Any, name: str) -> bool:
        return name in one.schedule

    with _serving(package, dtype), patched(launcher, fills=fills), torch.no_grad():
        model(*_inputs(package, plan, length))


def step(package: Package, plan: Plan, dtype: torch.dtype) -> None:
    """One token by itself, without gradients."""
    model: Any = package.build()
    with _serving(package, dtype), torch.no_grad():
        model(*_inputs(package, plan, 1))


def _first(result: Any) -> torch.Tensor:
    """What is made, without the state after it."""
    return cast("tuple[torch.Tensor, ...]", result)[0] if isinstance(result, tuple) else result


def _inputs(package: Package, plan: Plan, length: int) -> list[torch.Tensor]:
    if package.spec["kind"] == "model":
        return [torch.randint(package.vocab, (1, length))]
    shapes = [shape for _, shape in plan.system.block(plan.blocks[-1].name).inputs]
    return [torch.randn(1, length, *shape, requires_grad=True) for shape in shapes]


@contextmanager
def _serving(package: Package, dtype: torch.dtype) -> Generator[None]:
    """Kernels take every tensor, wherever it lies, of that dtype."""
    device = sys.modules[f"{package.module.__name__}.device"]
    low = dtype != torch.float32

    def serves(tensor: torch.Tensor) -> bool:
        return True

    with (
        patched(device, serves=serves),
        torch.autocast("cpu", dtype if low else torch.bfloat16, enabled=low),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore", UserWarning)  # torch's, of what is slower on a CPU
        yield
