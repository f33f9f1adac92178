"""`--locked`: the package that `nl.lock` describes, or none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from nlc.emit import lockfile
from nlc.emit.lockfile import NAME, Difference
from nlc.emit.write import BLAME, Change, changes, lock_of, write
from nlc.failure import Failure


class Differs(Failure):
    """What would be made is not what the lock describes, or what lies there is not."""

    code = 1


def write_locked(files: Mapping[str, str], directory: Path) -> dict[str, Change]:
    """Write what is missing of the package in `directory`; raises Differs if anything else were to change."""
    old, new = lock_of(directory), lockfile.parse(files[NAME])
    assert new is not None
    if old is None:
        raise Failure(f"{directory} has no {NAME} to hold to: compile once without --locked")
    found = lockfile.differences(old, new) or _files(old.files, new.files)
    if found:
        raise Differs(_text(directory, found), {"differences": [difference.json() for difference in found]})
    # The lock also says where the spec lay and how its files were spelled: that may differ, and stays.
    kept = {name: text for name, text in files.items() if name != NAME}
    now = changes(kept, directory)
    wrong = {
        name: BLAME.get(change, "is not what the lock says")
        for name, change in now.items()
        if change not in ("new", "unchanged")
    }
    if wrong:
        each = "".join(f"\n  {name} {why}" for name, why in wrong.items())
        raise Differs(f"{directory} is not as its {NAME} says:{each}", {"files": wrong})
    if any(change == "new" for change in now.values()):
        write({**kept, NAME: old.text()}, directory)
    return now


def _files(old: Mapping[str, str], new: Mapping[str, str]) -> list[Difference]:
    """Files of the same making with another text: comments of the spec stand in them."""
    return [
        Difference(name, old.get(name, "absent")[:12], new.get(name, "absent")[:12])
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    ]


def _text(directory: Path, found: list[Difference]) -> str:
    width = max(len(difference.what) for difference in found)
    rows = [f"  {d.what:<{width}}  was {d.was}, would be {d.now}" for d in found]
    return "\n".join(
        [
            f"{directory / NAME} describes another package, so nothing was written:",
            *rows,
            "compile without --locked to take this over",
        ]
    )
