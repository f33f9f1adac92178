"""nlc: the nested learning compiler."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlc.report import SpecError

if TYPE_CHECKING:
    from nlc.ir.system import System
    from nlc.run.load import Model


def load(
    path: str | Path,
    *,
    root: str | Path | None = None,
    parts: Sequence[str | Path] = (),
    **settings: Any,
) -> System:
    """The checked system of a spec file; `settings` are its dims and params.

    `parts` are files with parts of your own: they are run, and their parts stay for this process.
    Raises SpecError, whose text is the report, and `nlc.parts.own.PartError`. Imports no torch.
    """
    from nlc.check import check
    from nlc.parts import registry
    from nlc.read import read

    registry.add(parts)

    project = read(Path(path), root=Path(root) if root else None)
    return check(project, {name: str(value) for name, value in settings.items()})


def compile(system: System) -> Model:
    """The system as a torch module with fresh parameters: what `nlc compile` writes, built at once."""
    from tempfile import TemporaryDirectory

    from nlc.emit import emit, write
    from nlc.lower import lower
    from nlc.run import load as loading

    with TemporaryDirectory(prefix="nlc-") as folder:
        write(emit(lower(system)), Path(folder))
        return loading.load(Path(folder)).build()


__all__ = ["SpecError", "compile", "load"]
