"""The user's cache folder: where it is, and that nobody else writes into it."""

from __future__ import annotations

import os
import stat
from pathlib import Path


class Unsafe(OSError):
    """Somebody else may write into the folder."""


def home(kind: str) -> Path:
    """Where what is kept lies: in `$NLC_CACHE`, else in `$XDG_CACHE_HOME/nlc`, else in `~/.cache/nlc`."""
    if chosen := os.environ.get("NLC_CACHE"):
        return Path(chosen).absolute() / kind
    shared = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (shared if shared.is_absolute() else Path.home() / ".cache") / "nlc" / kind


def own(folder: Path) -> Path:
    """Make the folder, or make sure that nobody else writes into it."""
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise Unsafe(f"{folder} is no folder of yours")
    if found.st_mode & 0o077:
        folder.chmod(0o700)
    return folder
