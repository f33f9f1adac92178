"""`nlc kernels --tune`: how a spec's kernels are launched is chosen, and kept in the user's cache folder."""

from __future__ import annotations

import tempfile
from importlib.metadata import version
from pathlib import Path

from nlc.home import own as owned
from nlc.lower.records import Key, Record, own, place, records, text
from nlc.run.kernels.exercise import DTYPES
from nlc.run.kernels.tune import Told, tuned
from nlc.run.load import build
from nlc.run.stages import Stages


def tune(made: Stages, target: str, dtype: str, told: Told) -> list[Path]:
    """Choose and keep a record for each shape and variant of the spec; the files that now hold them.

    Raises `NoTriton`, `NoTarget`, `NothingServes`, and OSError where nothing can be kept.
    """
    found = tuned(build(made.files), made.plan, target, DTYPES[dtype], told)
    return [_keep(template, new) for template, new in found.items()]


def _keep(template: str, new: dict[Key, Record]) -> Path:
    """The user's records with these, written whole or not at all."""
    path = place(template)
    owned(path.parent)
    whole = text(own(template) | new, version("triton"))
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
        file.write(whole)
    Path(file.name).replace(path)
    records.cache_clear()
    return path
