"""`maps.py` of a package: functions of whole states, which the definition and the fast path share."""

from __future__ import annotations

import re

from nlc.data import backend
from nlc.emit.imports import called
from nlc.emit.templates import render

MAPS = "package/maps.py.j2"


def map_names() -> list[str]:
    """All that there are."""
    return re.findall(r'section\("(\w+)"\)', backend(f"torch/{MAPS}"))


def maps_file(*texts: str) -> str:
    """The functions that these files call; '' when they call none."""
    needs = sorted({name for text in texts for name in called(map_names(), text)})
    return render(MAPS, needs=needs) if needs else ""
