"""Kernels that choose their configuration by timing, where nothing can be timed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

from nlc.run.kernels.library import library
from nlc.run.kernels.patch import patched

Choose = Callable[[str, Sequence[Any]], Any]
"""Of a kernel's name and its configurations: the one to take."""


def first_choice(choose: Choose = lambda _, configs: configs[0]) -> AbstractContextManager[None]:
    """Within it, `@triton.autotune` takes what `choose` says of the configurations it would have timed."""

    def run(tuner: Any, *args: Any, **named: Any) -> Any:
        tuner.nargs = dict(zip(tuner.arg_names, args, strict=False))
        config = choose(tuner.base_fn.__name__, tuner.prune_configs(named))
        if config.pre_hook is not None:
            config.pre_hook({**tuner.nargs, **named, **config.all_kwargs()})
        return tuner.fn.run(*args, **named, **config.all_kwargs())

    return patched(library("triton.runtime.autotuner").Autotuner, run=run)
