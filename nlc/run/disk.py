"""A file is replaced as a whole: after a kill or on a full disk it is the old one or the new one."""

from __future__ import annotations

import os
from contextlib import suppress
from glob import escape
from itertools import count
from pathlib import Path

_numbers = count(1)


def replace(path: Path, data: bytes) -> None:
    """Write beside it, make sure it lies on the disk, rename, and make sure of that too."""
    for stale in path.parent.glob(f".{escape(path.name)}.*.tmp"):
        if not _alive(stale.name.split(".")[-3]):
            stale.unlink(missing_ok=True)
    temporary = path.parent / f".{path.name}.{os.getpid()}.{next(_numbers)}.tmp"
    try:
        with temporary.open("wb") as file:  # `open` gives the mode that the umask asks for
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            temporary.chmod(path.stat().st_mode & 0o777)
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _alive(process: str) -> bool:
    """Whether the process of that number still runs: its unfinished file is no leftover."""
    try:
        os.kill(int(process), 0)
    except (ValueError, OverflowError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True
