"""What compiled kernels took, remembered in the user's cache folder: a small file each, named by content.

The name is a hash of the kernel's source and that of all it calls, its argument types, its constants,
options, target, the version of Triton and the code here that measures. Compiled kernels are not kept.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from functools import cache as once
from importlib.metadata import version
from pathlib import Path
from typing import Any

from nlc.home import home, own
from nlc.run.kernels import resources

MOST = 20_000
"""Records, of about a thousand bytes, beyond which those go that were not used for the longest time."""


def name_of(*content: str) -> str:
    """The name of the record about this."""
    return hashlib.sha256("\0".join((_measurer(), *content)).encode()).hexdigest()[:32]


def recall(name: str) -> dict[str, Any] | None:
    """The record of this name; None where there is none that can be read."""
    with suppress(OSError, ValueError, RuntimeError):
        path = _folder() / f"{name}.json"
        found = json.loads(path.read_text(encoding="utf-8"))
        os.utime(path)  # the time of its last use
        return found
    return None


def remember(name: str, record: Mapping[str, Any]) -> None:
    """Keep a record; without a folder to write to, nothing is kept."""
    with suppress(OSError, RuntimeError):
        folder = _folder()
        with tempfile.NamedTemporaryFile("w", dir=folder, prefix=".", delete=False, encoding="utf-8") as file:
            json.dump(record, file)
        Path(file.name).replace(folder / f"{name}.json")
        _bound(folder)


def _folder() -> Path:
    return own(home("kernels"))


@once
def _measurer() -> str:
    """The version of Triton, and the text of what measures."""
    text = Path(str(resources.__file__)).read_bytes()
    return f"triton {version('triton')} {hashlib.sha256(text).hexdigest()}"


@once
def _bound(folder: Path) -> None:
    """Once in a process: drop what was used longest ago."""
    records = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in records[MOST:]:
        path.unlink(missing_ok=True)
