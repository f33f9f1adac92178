"""A text in the other of the two spellings: `.nl` in a `.yaml` file, or YAML in a `.nl` file."""

from __future__ import annotations

import re

from nlc.report import Diagnostic, Label
from nlc.source import Source, Span, is_yaml

_NL = re.compile(r"^(?:(?:block|model|optimizer) \w+ *(?:\([^)\n]*\))? *\{|dim \w+ *=|param \w+ *=)", re.M)
_YAML = re.compile(r"^(?:use|dim|param|block|model|optimizer|schedule):(?:[ \t]|$)", re.M)
_HEAD = {
    True: re.compile(r"^nl[ \t]*:", re.M),
    False: re.compile(r"(?:\s|#[^\n]*\n)*nl(?:\s|#[^\n]*\n)+\d"),
}
"""What says for certain that a text is YAML (True), or is not."""


def other_spelling(source: Source) -> Diagnostic | None:
    """E0101 where the first thing that the text says is said in the other spelling."""
    yaml = is_yaml(source)
    if _HEAD[yaml].match(source.text):
        return None
    found = {True: _first(_YAML, source), False: _first(_NL, source)}
    there, own = found[not yaml], found[yaml]
    if there is None or (own is not None and own < there):
        return None
    written, suffix, head = (".nl", ".nl", "nl: 1") if yaml else ("YAML", ".yaml", "nl 1")
    start, end = there, there + len(source.line(source.position(there)[0]).rstrip())
    here = "YAML" if yaml else "`.nl`"
    label = f"{here} is read here, which begins with `{head}`; a file of this spelling ends in `{suffix}`"
    return Diagnostic("E0101", f"this text is written as {written}", Label(Span(source, start, end), label))


def _first(pattern: re.Pattern[str], source: Source) -> int | None:
    found = pattern.search(source.text)
    return found.start() if found else None
