"""Kernels compiled for a GPU that is not there, as a launch on that GPU would compile them.

Inside `recording("sm_90")` a launch `kernel[grid](...)` on CPU tensors goes through Triton's own launch
path, which derives from the arguments what the kernel is specialised to (their types, which of them are
multiples of 16, which are 1). It is compiled for the target, measured and recorded; it does not run, so
what it would write stays as it was allocated.
"""

from __future__ import annotations

import tempfile
import time
import warnings
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from types import SimpleNamespace
from typing import Any

import torch

from nlc.failure import Failure
from nlc.run.kernels import memo
from nlc.run.kernels.autotuner import Choose, first_choice
from nlc.run.kernels.interpret import grid_of
from nlc.run.kernels.library import library
from nlc.run.kernels.patch import patched
from nlc.run.kernels.phase import Phase, phase
from nlc.run.kernels.resources import Resources, measure
from nlc.run.kernels.targets import Target, target_of


class NotCompiled(Failure):
    """Triton, or what assembles for it, could not compile a kernel."""


@dataclass(frozen=True)
class Compiled:
    """What compiling came to; `failure` is empty if it succeeded."""

    resources: Resources | None
    failure: str
    seconds: float
    """What compiling took, when it was done."""


@dataclass(frozen=True)
class Launch:
    """One launch that did not run."""

    kernel: str
    module: str
    phase: Phase
    place: str
    """File and line of the kernel."""
    target: Target
    grid: tuple[int, ...]
    arguments: Mapping[str, str]
    """What was given for each: `bfloat16[1, 64, 2, 16]`, or a number."""
    constants: Mapping[str, Any]
    options: Mapping[str, Any]
    """num_warps, num_stages and the like."""
    compiled: Compiled

    @property
    def resources(self) -> Resources:
        """What the kernel takes of the target; `NotCompiled` if it could not be compiled."""
        if self.compiled.resources is None:
            raise NotCompiled(f"{self.place}: {self.kernel} for {self.target.name}: {self.compiled.failure}")
        return self.compiled.resources


@contextmanager
def recording(target: str | Target, choose: Choose | None = None) -> Generator[list[Launch]]:
    """Within it every launch is compiled for the target and recorded, in order; none runs.

    An autotuner takes its first configuration, or what `choose` says of the kernel's name and its
    configurations. For an AMD target `torch.version.hip` says that torch is made for one. What could not
    be compiled is recorded too: its `resources` raise. Raises `NoTriton` and `NoTarget`.
    """
    wanted = target_of(target) if isinstance(target, str) else target
    jit = library("triton.runtime.jit")
    launches: list[Launch] = []
    kernels: list[Any] = []
    launch = jit.JITFunction.run

    def run(kernel: Any, *args: Any, grid: Any, warmup: bool, **options: Any) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of a default that changes in a later version
            made = launch(kernel, *args, grid=grid, warmup=True, **options)
        kernels.append(kernel)
        launches.append(_launch(kernel, args, options, grid, wanted, made))

    def do_compile(
        kernel: Any,
        key: Any,
        signature: Any,
        device: Any,
        constants: Any,
        options: Any,
        attributes: Any,
        warmup: bool,
    ) -> Compiled:
        source = library("triton.compiler").ASTSource(kernel, signature, constants, attributes)
        made = kernel.device_caches[device][0][key] = _compiled(source, wanted, options)
        return made

    with (
        standing_in(wanted),
        patched(jit.JITFunction, run=run, _do_compile=do_compile),
        first_choice(choose) if choose else first_choice(),
    ):
        try:
            yield launches
        finally:
            for kernel in kernels:  # what was made for a device that there is not
                kernel.device_caches.pop(wanted.name, None)


@contextmanager
def standing_in(target: Target) -> Generator[None]:
    """Within it Triton and torch take this machine for one with the target's GPU, which launches nothing."""
    driver = library("triton.runtime.driver").driver
    hip = (torch.version.hip or "6.4") if target.backend == "hip" else None
    with patched(driver, _active=_Driver(target)), patched(torch.version, hip=hip):
        yield


class _Driver:
    """What Triton's launch path and the kernels' own Python ask a GPU's driver."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.utils = SimpleNamespace(get_device_properties=self._properties)

    def _properties(self, device: object) -> dict[str, int]:
        return {
            "max_shared_mem": self.target.shared_limit,
            "multiprocessor_count": self.target.multiprocessors,
            "warpSize": self.target.warp,
        }

    def get_current_target(self) -> Any:
        return self.target.of_triton()

    def get_current_device(self) -> str:
        """Triton keeps what it compiled by device, and a name is one that no real device has."""
        return self.target.name

    def get_current_stream(self, device: object = None) -> int:
        return 0

    def get_active_torch_device(self) -> torch.device:
        return torch.device("cpu")


def _launch(
    kernel: Any, args: tuple[Any, ...], options: dict[str, Any], grid: Any, target: Target, made: Compiled
) -> Launch:
    named = {name: value for name, value in options.items() if name in kernel.arg_names}
    bound = kernel.signature.bind(*args, **named)
    bound.apply_defaults()
    given = dict(bound.arguments)
    constant = {kernel.arg_names[n] for n in kernel.constexprs}
    return Launch(
        kernel=kernel.__name__,
        module=kernel.module,
        phase=phase(),
        place=f"{kernel.fn.__code__.co_filename}:{kernel.starting_line_number}",
        target=target,
        grid=grid_of(grid, given),
        arguments={name: _said(value) for name, value in given.items() if name not in constant},
        constants={name: value for name, value in given.items() if name in constant},
        options={name: value for name, value in options.items() if name not in named},
        compiled=made,
    )


def _said(value: Any) -> str:
    if isinstance(value, torch.Tensor):
        return f"{str(value.dtype).removeprefix('torch.')}{list(value.shape)}"
    return str(value)


def _compiled(source: Any, target: Target, options: Any) -> Compiled:
    """From memory if the same was compiled before."""
    backend = library("triton.compiler").make_backend(target.of_triton())
    name = memo.name_of(source.hash(), target.name, backend.hash(), options.hash())
    if (known := memo.recall(name)) is not None:
        resources = known.pop("resources")
        return Compiled(resources=Resources(**resources) if resources else None, **known)
    made = _compile(source, target, options)
    memo.remember(name, asdict(made))
    return made


def _compile(source: Any, target: Target, options: Any) -> Compiled:
    triton = library()
    begun = time.perf_counter()
    resources, failure = None, ""
    with tempfile.TemporaryDirectory(prefix="nlc-") as folder, triton.knobs.cache.scope():
        triton.knobs.cache.dir = folder
        try:
            made = triton.compile(source, target=target.of_triton(), options=options.__dict__)
        except Exception as error:  # the compiler may raise anything
            failure = _told(error)
        else:
            resources = measure(made, target)
    return Compiled(resources, failure, round(time.perf_counter() - begun, 2))


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:500]}"
