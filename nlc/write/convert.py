"""From one spelling to the other: the same meaning, in that spelling's one style, comments carried along."""

from __future__ import annotations

from typing import Literal

from nlc.read.remarks import remarks
from nlc.read.uses import parse_any
from nlc.source import Source
from nlc.write.nl import write_nl
from nlc.write.yaml import write_yaml

Spelling = Literal["nl", "yaml"]
ENDINGS: dict[str, Spelling] = {".nl": "nl", ".yaml": "yaml", ".yml": "yaml"}


def convert(source: Source, to: Spelling) -> str:
    """The text of a spec in the spelling `to`; raises SpecError where that cannot say it."""
    file = parse_any(source)
    notes = remarks(source, file)
    return write_yaml(file, notes) if to == "yaml" else write_nl(file, notes)
