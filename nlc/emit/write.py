"""Files to a folder: all of them or none, and none over what nlc did not write.

New files are made in a folder of their own within the target, with the `nl.lock` that names them, and moved
in one by one, the lock last. A kill in between leaves that folder; its lock tells the next write what is
nlc's among the files that were moved already.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from nlc.emit import lockfile
from nlc.emit.lockfile import NAME, Lock
from nlc.failure import Failure

STAGE = ".nlc-"
LARGEST = 2**20
"""A lock is no longer than this."""

Change = Literal["new", "changed", "unchanged", "removed", "edited", "foreign", "kept"]
"""What a write does to a file. `edited` was nlc's and is not as nlc left it, `foreign` never was: both stop a
write. `kept` would be removed, had it not been edited."""

BLAME = {"edited": "was edited since nlc wrote it", "foreign": "was not written by nlc"}


class Refused(Failure):
    """Files are in the way that are not nlc's to replace."""


def changes(files: Mapping[str, str], directory: Path) -> dict[str, Change]:
    """What writing these files there would do to each, and to those that an earlier write left."""
    known = _known(directory)
    found: dict[str, Change] = {name: _change(directory / name, text, known) for name, text in files.items()}
    for name, digests in known.items():
        if name not in files and _is_plain(name) and _is_file(directory / name):
            found[name] = "removed" if _digest(directory / name) in digests else "kept"
    return found


def write(files: Mapping[str, str], directory: Path, *, force: bool = False) -> dict[str, Change]:
    """Write what is new or changed, remove what an earlier write left; what happened to each file.

    Raises Refused, and writes nothing, if a file is in the way that nlc did not write or that was edited
    since; `force` replaces it.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with _alone(directory):
        found = changes(files, directory)
        _refuse(found, directory, force)
        found: dict[str, Change] = {n: "changed" if c in BLAME else c for n, c in found.items()}
        if any(change not in ("unchanged", "kept") for change in found.values()):
            _move_in(files, directory, found)
        for stage in _stages(directory):
            shutil.rmtree(stage)
    return found


def lock_of(directory: Path) -> Lock | None:
    """The lock in a folder; None if there is none, or none that can be read."""
    path = directory / NAME
    with suppress(OSError, UnicodeDecodeError):
        if path.stat().st_size <= LARGEST:
            return lockfile.parse(path.read_text(encoding="utf-8"))
    return None


def _move_in(files: Mapping[str, str], directory: Path, found: Mapping[str, Change]) -> None:
    stage = Path(tempfile.mkdtemp(prefix=STAGE, dir=directory))
    fresh = [name for name in files if found[name] != "unchanged" and name != NAME]
    last = [NAME] if NAME in files else []
    try:
        for name in [*fresh, *last]:
            (stage / name).write_bytes(files[name].encode())
    except BaseException:
        shutil.rmtree(stage)
        raise
    for name in fresh:
        (stage / name).replace(directory / name)
    for name, change in found.items():
        if change == "removed":
            (directory / name).unlink()
    for name in last:
        (stage / name).replace(directory / name)


def _change(path: Path, text: str, known: Mapping[str, set[str]]) -> Change:
    if not os.path.lexists(path):
        return "new"
    if not _is_file(path):
        return "foreign"
    if path.read_bytes() == text.encode():
        return "unchanged"
    if path.name == NAME:
        return "changed" if lock_of(path.parent) else "foreign"
    if path.name not in known:
        return "foreign"
    return "changed" if _digest(path) in known[path.name] else "edited"


def _refuse(found: Mapping[str, Change], directory: Path, force: bool) -> None:
    folders = [name for name in found if (directory / name).is_dir() and not (directory / name).is_symlink()]
    if folders:
        raise Refused(f"{directory / folders[0]} is a folder, where a file is to be written")
    wrong = {name: BLAME[change] for name, change in found.items() if change in BLAME}
    if force or not wrong:
        return
    each = "".join(f"\n  {name} {why}" for name, why in wrong.items())
    text = (
        f"{directory} holds what nlc must not replace, so nothing was written:{each}\n"
        "name another folder, or move these away (`nlc compile --force` replaces them)"
    )
    raise Refused(text, {"files": wrong})


def _known(directory: Path) -> dict[str, set[str]]:
    """The hashes that each of nlc's files may have here: by the lock, and by those of broken-off writes."""
    found: dict[str, set[str]] = {}
    for folder in (directory, *_stages(directory)):
        if lock := lock_of(folder):
            for name, value in lock.files.items():
                found.setdefault(name, set()).add(value)
    return found


def _stages(directory: Path) -> list[Path]:
    return [path for path in directory.glob(f"{STAGE}*") if path.is_dir() and not path.is_symlink()]


def _is_plain(name: str) -> bool:
    """A file of this very folder: a lock is data, and may say anything."""
    return name == Path(name).name and name not in ("", ".", "..", NAME)


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _digest(path: Path) -> str:
    return lockfile.digest(path.read_bytes())


@contextmanager
def _alone(directory: Path) -> Generator[None]:
    """No other nlc writes here meanwhile, where the system can see to that."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    handle = os.open(directory, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network drives know no locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
