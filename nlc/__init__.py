"""nlc: the nested learning compiler.

    system = nlc.load("examples/hope.nl", chunk=32)
    model = nlc.compile(system)
    scores, state = model(ids)

`docs/python.md` shows more. Loading, drawing and planning import no torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlc.report import SpecError

if TYPE_CHECKING:
    from torch import nn

    from nlc.run.load import Carried
    from nlc.run.saved import StateError
    from nlc.run.system import System
    from nlc.spec.file import Project

Setting = str | int | float | bool


def load(
    path: str | Path,
    /,
    *,
    root: str | Path | None = None,
    block: str | None = None,
    parts: Sequence[str | Path] = (),
    budget: str | None = None,
    **settings: Setting,
) -> System:
    """The checked system of a spec file, `.nl` or YAML; `settings` are its dims and params by name.

    root    the folder that `use` may read from (the file's own)
    block   this block of the file alone, as a layer; LookupError if there is none
    parts   files with parts of your own: they are run, and their parts stay for this process
    budget  allows more than usual, as "parameters=40e9"

    Raises SpecError, whose text is the report, `nlc.parts.own.PartError`, and OSError. Imports no torch.
    """
    from nlc.parts import registry
    from nlc.read import read

    registry.add(parts)
    return _checked(read(path, root=root), block, budget, settings)


def loads(
    text: str,
    /,
    name: str = "spec.nl",
    *,
    block: str | None = None,
    parts: Sequence[str | Path] = (),
    budget: str | None = None,
    **settings: Setting,
) -> System:
    """As `load`, from text. A `name` in `.yaml` says that it is YAML; `use` reaches `std/…` only."""
    from nlc.parts import registry
    from nlc.read import read_text

    registry.add(parts)
    return _checked(read_text(text, name), block, budget, settings)


def _checked(project: Project, block: str | None, budget: str | None, settings: dict[str, Setting]) -> System:
    from nlc.check import Budget, check
    from nlc.check.extract import extract
    from nlc.run.system import System

    texts = {name: _text(value) for name, value in settings.items()}
    if block is not None:
        project = extract(project, block)
    system = System(check(project, texts, Budget.of(budget or "")))
    _ = system.levels  # some circles are found only when levels are derived
    return system


def _text(value: Setting) -> str:
    """As a spec writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def compile(system: System | str | Path, backend: str = "auto") -> nn.Module:
    """The system, or that of a spec file, as a torch module with fresh parameters.

    It is the package that `nlc compile` writes, built.
    A model maps ids (batch, tokens) int64 to (scores (batch, tokens, vocab), state); a file that ends in
    a block gives a layer, (batch, tokens, size) to the same. `backend` is "auto" or "torch".
    Packages are kept in the user's cache folder (`$NLC_CACHE`, else `~/.cache/nlc`).
    """
    from nlc.run import load as loading
    from nlc.run import notebook

    if isinstance(system, str | Path):
        system = load(system)
    model: Any = loading.build(system.files(backend)).build()
    return notebook.shown(model, system)


def save_state(state: Carried, path: str | Path) -> None:
    """Write the state of a batch of sequences as safetensors, whole or not at all.

    `path` is replaced only when the new file lies on the disk.
    """
    from nlc.run import saved

    saved.save(state, Path(path))


def load_state(path: str | Path, model: nn.Module) -> Any:
    """The state in `path`, on the model's device, ready for `model(more, state)`.

    Raises StateError, which says why, for a file that is damaged or belongs to another spec.
    """
    from nlc.run import saved

    return saved.load(Path(path), model)


def trained(run: str | Path) -> nn.Module:
    """The model in a run's folder, with the parameters of its checkpoint (`nlc train`, `nlc import`).

    Raises `nlc.failure.Failure` where the folder holds no run. The package in it is imported, so it has
    to be one that you trust.
    """
    from nlc.run.folder import Folder
    from nlc.run.train import trained

    model: Any = trained(Folder(Path(run)))
    return model


def __getattr__(name: str) -> Any:
    """`nlc.System` and `nlc.StateError`, which are imported only where they are asked for."""
    if name == "System":
        from nlc.run.system import System

        return System
    if name == "StateError":
        from nlc.run.saved import StateError

        return StateError
    raise AttributeError(f"module `nlc` has no {name}")


def __dir__() -> list[str]:
    return sorted(__all__)


__all__ = [
    "SpecError",
    "StateError",
    "System",
    "compile",
    "load",
    "load_state",
    "loads",
    "save_state",
    "trained",
]
