"""What a run that goes on was asked for, where the command line does not say it again."""

from __future__ import annotations

from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any

from nlc.run import checkpoint
from nlc.run.folder import Folder, NoRun


def settled(place: Path, wished: Mapping[str, Any], said: Set[str]) -> dict[str, Any]:
    """`wished`, with the run's own settings in place of what was not `said`.

    An end that was said, in steps or in minutes, takes the place of both. Raises NoRun where no run is.
    """
    folder = Folder(place)
    if not folder.checkpoint.exists():
        raise NoRun(f"{place} holds no run to go on with: leave --resume out to start one there")
    facts = checkpoint.read(folder.checkpoint).facts
    if "settings" not in facts:
        raise NoRun(
            f"{place} was imported and never trained by `nlc train`: there is nothing to go on with. "
            f'In Python, `nlc.trained("{place}")` is the model, for an optimizer and a text of your own'
        )
    then: Mapping[str, Any] = facts["settings"]
    ends = {"steps", "minutes"}
    new = (said | ends) if said & ends else said
    return {name: value if name in new else then.get(name, value) for name, value in wished.items()}
