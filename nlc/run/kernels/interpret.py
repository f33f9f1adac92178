"""Triton kernels run on CPU tensors, in the process that may also compile them, with no GPU.

Triton's own interpreter does the work. Its switch, the variable TRITON_INTERPRET, makes everything
that is imported afterwards impossible to compile; here a launch alone is interpreted, and when it is
over nothing of Triton is other than before. What an interpreted launch proves is the arithmetic: warps,
stages, races, alignment and reads out of bounds are a GPU's own.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import partial, wraps
from types import FunctionType, SimpleNamespace
from typing import Any, cast

import numpy as np

from nlc.run.kernels.autotuner import first_choice
from nlc.run.kernels.library import library
from nlc.run.kernels.patch import kept, patched
from nlc.run.kernels.watch import Watcher


@contextmanager
def interpreting(tf32: bool = False, watcher: Watcher | None = None) -> Generator[None]:
    """Within it, every launch `kernel[grid](...)` of a `@triton.jit` kernel runs on CPU tensors.

    Numbers are those of a GPU up to the order of sums: bfloat16 is rounded to the nearest, dots accumulate
    in float32, and with `tf32` the float32 operands of a dot of `input_precision="tf32"` (the default of
    Triton) are cut to TF32. Options of a launch (num_warps and the like) change nothing; an autotuner
    takes the first of its configurations. `watcher` is told of launches, loads and stores, and may have
    programs left out.

    Raises `NoTriton` where Triton is absent or of a version that does not serve; what a kernel raises
    comes as Triton's `InterpreterError`.
    """
    jit = library("triton.runtime.jit")
    interpreter = _Interpreter(tf32, watcher)

    def run(kernel: Any, *args: Any, grid: Any, warmup: bool, **options: Any) -> None:
        if not warmup:
            interpreter.launch(kernel, args, options, grid)

    with patched(jit.JITFunction, run=run), first_choice():
        yield


def grid_of(grid: Any, arguments: dict[str, Any]) -> tuple[int, ...]:
    """The sizes of a launch's grid, which may be a function of the arguments by name."""
    sizes: Any = cast(Any, grid)(arguments) if callable(grid) else grid
    return tuple(int(size) for size in sizes)


class _Interpreter:
    """The kernels that were made ready so far, and the operations they run on."""

    def __init__(self, tf32: bool, watcher: Watcher | None) -> None:
        self.stock = library("triton.runtime.interpreter")
        from nlc.run.kernels.builder import Builder

        self.builder, self.watcher = Builder(tf32, watcher), watcher
        self.ready: dict[int, tuple[Any, Any]] = {}

    def launch(self, kernel: Any, args: tuple[Any, ...], options: dict[str, Any], grid: Any) -> None:
        named = {name: value for name, value in options.items() if name in kernel.arg_names}
        bound = kernel.signature.bind(*args, **named)
        bound.apply_defaults()
        sizes = grid_of(grid, dict(bound.arguments))
        if self.watcher is not None:
            self.watcher.launch(kernel.__name__, kernel.module, sizes)
        # A GPU says nothing of infinities and NaNs either.
        with self._language(), np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            program = self._program(self._interpretable(kernel))
            self.stock.GridExecutor(program, kernel.arg_names, sizes)(*args, **named)

    def _program(self, function: Any) -> Any:
        """The function, which the watcher may keep from running at some places of the grid."""
        if (watcher := self.watcher) is None:
            return function

        def run(**named: Any) -> None:
            if watcher.runs(self.builder.grid_idx):
                function(**named)

        run.__signature__ = inspect.signature(function)
        return wraps(function)(run)

    def _interpretable(self, kernel: Any) -> Any:
        """The kernel as a Python function; made once, since Triton rewrites its source for that.

        Kernels are told apart by identity: the hash of one parses it, which fails while it is interpreted.
        """
        if id(kernel) not in self.ready:
            rewriter = self.stock.FunctionRewriter(_apart(kernel.fn, self._range))
            self.ready[id(kernel)] = kernel, rewriter.rewrite_ast()
        return self.ready[id(kernel)][1]

    def _range(self, *bounds: Any, step: Any = 1, **_: Any) -> Iterator[Any]:
        """A kernel's loop counts in int32 scalars of Triton, not in Python's integers."""
        ends = map(int, bounds if len(bounds) == 3 else (*((0, *bounds)[-2:]), step))
        return map(self.stock._implicit_cvt, range(*ends))

    @contextmanager
    def _language(self) -> Generator[None]:
        """While a launch runs, a call of another `@triton.jit` function interprets that too."""
        from nlc.run.kernels.builder import in_float32

        stock, tl, jit = self.stock, library("triton.language"), library("triton.runtime.jit")

        def call(function: Any, *args: Any, **named: Any) -> Any:
            for compiling in ("_semantic", "_generator"):
                named.pop(compiling, None)
            return self._interpretable(function)(*args, **named)

        def method(function: Any, tensor: Any, owner: Any = None) -> Any:
            """`x.sum(1)` is `sum(x, 1)`, which only Triton's own compiler knows."""
            return function if tensor is None else partial(call, function, tensor)

        with (
            kept(tl, tl.core, tl.math, tl.tensor, tl.core.tensor_descriptor_base, tl.condition, tl.dtype),
            patched(jit, _triton_jit_function_registry={}),  # rewriting makes kernels of its own
            patched(stock, interpreter_builder=self.builder),
            patched(stock.interpreter_semantic, builder=self.builder),
            patched(stock.ReduceOps, apply_impl=in_float32(stock.ReduceOps.apply_impl)),
            patched(stock.ScanOps, apply_impl=in_float32(stock.ScanOps.apply_impl)),
            patched(jit.JITFunction, __call__=call, __get__=method),
        ):
            # Triton's own helpers know the language by both names. What it does for each launch is done here
            # once, so that a loop counts alike in `range` and in `tl.range`.
            stock._patch_lang(SimpleNamespace(__globals__={"tl": tl, "core": tl.core}))
            tl.range = tl.core.range = self._range
            with patched(stock, _patch_lang=_already):
                yield


def _already(_: Any) -> Any:
    """What patching the language again comes to, and undoing it."""
    return SimpleNamespace(restore=lambda: None)


def _apart(function: Any, counted: Any) -> FunctionType:
    """A copy with globals of its own: rewriting one adds names to them, and forgets what it closes over."""
    seen = {**function.__globals__, **inspect.getclosurevars(function).nonlocals, "range": counted}
    copy = FunctionType(
        function.__code__, seen, function.__name__, function.__defaults__, function.__closure__
    )
    copy.__kwdefaults__, copy.__annotations__ = function.__kwdefaults__, function.__annotations__
    copy.__qualname__, copy.__module__ = function.__qualname__, function.__module__
    return copy
