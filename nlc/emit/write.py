"""Files to a folder: each written whole or not at all, nothing else in the folder touched."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

Change = Literal["new", "changed", "unchanged"]


def changes(files: Mapping[str, str], directory: Path) -> dict[str, Change]:
    """What writing these files there would do to each."""
    out: dict[str, Change] = {}
    for name, text in files.items():
        path = directory / name
        if not path.exists():
            out[name] = "new"
        else:
            out[name] = "unchanged" if path.read_text(encoding="utf-8") == text else "changed"
    return out


def write(files: Mapping[str, str], directory: Path) -> list[Path]:
    """Write what is new or changed; the paths of all files."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, change in changes(files, directory).items():
        if change != "unchanged":
            _replace(directory / name, files[name])
    return [directory / name for name in files]


def _replace(path: Path, text: str) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        mask = os.umask(0)
        os.umask(mask)
        Path(temporary).chmod(0o666 & ~mask)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
