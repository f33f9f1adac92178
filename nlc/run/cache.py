"""Built packages in the user's cache folder: a folder each, named by the hash of what is in it.

An entry is compared with the texts that it should hold, byte by byte, before it is taken. It is made
beside its place and renamed, so another process sees all of it or nothing.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import platform
import re
import shutil
import tempfile
import time
import warnings
from collections.abc import Mapping
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from nlc.home import home, own

BUILT = "built"
MOST, LARGEST = 200, 64 * 2**20
"""Entries, and bytes in all of them, beyond which those go that were not used for the longest time."""
ABANDONED = 3600
"""Seconds after which a folder that was never finished is swept away."""
TRIES = 8
OURS = re.compile(r"[0-9a-f]{32}|\.(new|old)-\w+")
"""Names that this cache gives; what else lies in its folder is somebody's own."""


def key(files: Mapping[str, bytes]) -> str:
    """The name of what is built from these files by this nlc, torch and Python."""
    made_by = [version("nlc"), version("torch"), platform.python_implementation(), platform.python_version()]
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    return hashlib.sha256(json.dumps([made_by, digests], sort_keys=True).encode()).hexdigest()[:32]


def keep(files: Mapping[str, bytes]) -> Path:
    """A folder that holds exactly these files; a temporary one, with a warning, if there is no other way."""
    try:
        return _place(files, home(BUILT))
    except (OSError, RuntimeError) as wrong:  # RuntimeError: there is no home folder
        folder = Path(tempfile.mkdtemp(prefix="nlc-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        warnings.warn(
            f"nlc's cache folder cannot be used ({wrong}); this package is built in {folder}, which goes "
            "when Python ends. The variable NLC_CACHE names another folder",
            stacklevel=4,
        )
        _fill(folder, files)
        return folder


def _place(files: Mapping[str, bytes], built: Path) -> Path:
    own(built)
    entry = built / key(files)
    for _ in range(TRIES):
        if _holds(entry, files):
            os.utime(entry)  # the time of its last use
            return entry
        _put(files, entry)
    raise OSError(f"{entry} changes faster than it can be read")


def _holds(entry: Path, files: Mapping[str, bytes]) -> bool:
    """Whether the entry has these files, in these bytes, and nothing else."""
    try:
        found = {item.name: item for item in os.scandir(entry)}
        return (
            not entry.is_symlink()
            and found.keys() == files.keys()
            and all(
                item.is_file(follow_symlinks=False)
                and item.stat(follow_symlinks=False).st_size == len(files[name])
                and (entry / name).read_bytes() == files[name]
                for name, item in found.items()
            )
        )
    except OSError:
        return False


def _put(files: Mapping[str, bytes], entry: Path) -> None:
    """Make the entry whole. If another process was quicker its entry stays; a damaged one gives way."""
    made = Path(tempfile.mkdtemp(prefix=".new-", dir=entry.parent))
    try:
        _fill(made, files)
        try:
            made.rename(entry)
        except OSError:
            if not entry.is_symlink() and not entry.exists():
                raise
            if not _holds(entry, files):
                _drop(entry)
        _bound(entry.parent)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _fill(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        (folder / name).write_bytes(data)


def _drop(entry: Path) -> None:
    """Out of the way by one rename, then gone: nobody sees half of it."""
    with suppress(FileNotFoundError):
        gone = Path(tempfile.mkdtemp(prefix=".old-", dir=entry.parent))
        try:
            entry.rename(gone / "entry")
        finally:
            shutil.rmtree(gone, ignore_errors=True)


def _bound(built: Path) -> None:
    """Drop the entries that were used longest ago beyond what the cache may hold, and what was abandoned."""
    entries: list[tuple[float, int, Path]] = []
    for item in os.scandir(built):
        if not OURS.fullmatch(item.name):
            continue  # somebody else's
        with suppress(OSError):  # another process may drop it at the same time
            used = item.stat(follow_symlinks=False).st_mtime
            if item.name.startswith("."):
                if time.time() - used > ABANDONED:
                    shutil.rmtree(item.path, ignore_errors=True)
            else:
                entries.append((used, _size(Path(item.path)), Path(item.path)))
    held = 0
    for place, (_, size, entry) in enumerate(sorted(entries, reverse=True)):
        held += size
        if place and (place >= MOST or held > LARGEST):
            _drop(entry)


def _size(entry: Path) -> int:
    if entry.is_symlink() or not entry.is_dir():
        return 0
    return sum(item.stat(follow_symlinks=False).st_size for item in os.scandir(entry))
