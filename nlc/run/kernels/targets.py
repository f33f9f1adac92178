"""The GPUs that kernels are compiled for, and what each has room for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nlc.failure import Failure
from nlc.run.kernels.library import library
from nlc.suggest import nearest

TENSOR_COLUMNS = 512
"""Columns of tensor memory that a block of sm_100 may hold."""


class NoTarget(Failure):
    """No GPU of this name is known."""


@dataclass(frozen=True)
class Target:
    """`backend` and `arch` as Triton names them; `warp` threads work in step."""

    name: str
    backend: str
    arch: int | str
    warp: int
    shared_limit: int
    """Bytes of shared memory (LDS) that one block may ask for. Compiling does not look at it."""
    multiprocessors: int
    """Of the usual card; kernels that fit their grid to the card ask."""

    def of_triton(self) -> Any:
        return library("triton.backends.compiler").GPUTarget(self.backend, self.arch, self.warp)


def _nvidia(arch: int, shared_limit: int, multiprocessors: int) -> Target:
    return Target(f"sm_{arch}", "cuda", arch, 32, shared_limit, multiprocessors)


def _amd(arch: str, shared_limit: int, multiprocessors: int) -> Target:
    return Target(arch, "hip", arch, 64, shared_limit, multiprocessors)


TARGETS = {
    target.name: target
    for target in (
        _nvidia(80, 166912, 108),
        _nvidia(86, 101376, 82),
        _nvidia(89, 101376, 128),
        _nvidia(90, 232448, 132),
        _nvidia(100, 232448, 148),
        _nvidia(120, 101376, 170),
        _amd("gfx90a", 65536, 110),
        _amd("gfx942", 65536, 304),
        _amd("gfx950", 163840, 256),
    )
}


def target_of(name: str) -> Target:
    """The target of this name; `NoTarget` says what there is."""
    if name in TARGETS:
        return TARGETS[name]
    close = nearest(name, TARGETS)
    raise NoTarget(
        f"there is no target `{name}`: "
        + (f"did you mean `{close}`?" if close else f"there is {', '.join(TARGETS)}")
    )
