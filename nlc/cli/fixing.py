"""`nlc check --fix`: the fixes of a report written into the files of its project."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Callable
from pathlib import Path

from nlc.cli import options
from nlc.fix import fixed, fixes
from nlc.report import Fix, Report
from nlc.source import Source

MOST_ROUNDS = 10
"""A fix may bring to light what it hid; ten times is more than a person would look."""


def mend(look: Callable[[], Report], root: Path) -> tuple[Report, list[Fix]]:
    """Put in what can be put in, look again, and so on; what is left, and what was done.

    Only files within `root` are written, each as a whole or not at all.
    """
    report, done = look(), list[Fix]()
    seen: set[str] = set()
    for _ in range(MOST_ROUNDS):
        before = len(done)
        for source, wanted in fixes(report).items():
            text, made = fixed(source, wanted)
            if text not in seen and _save(source, text, root):
                seen |= {source.text, text}
                done += made
        if len(done) == before:
            break
        report = look()
    return report, done


def tell(done: list[Fix]) -> None:
    """What was fixed, a line each, and how many."""
    for fix in done:
        options.say(_shown(fix))
    if done:
        options.say(f"{len(done)} fix{'es' * (len(done) > 1)} made\n")


def _shown(fix: Fix) -> str:
    """One line a fix: its place, what stood there and what stands there now."""
    span = fix.span
    old, new = (" ".join(text.split()) for text in (span.text, fix.text))
    if old and new and old != new:
        what = f"`{old}` → `{new}`"
    elif new != old:
        what = f"`{new}` put in" if new else f"`{old}` taken out"
    else:
        what = fix.title
    return f"{span.source.name}:{span.line}:{span.column}: {what}"


def _save(source: Source, text: str, root: Path) -> bool:
    """Whether the file could be replaced: it lies in the project and still says what was read."""
    from nlc.run.disk import replace

    assert source.path is not None
    path = source.path.resolve()
    if not path.is_relative_to(root.resolve()):
        return False
    data = path.read_bytes()
    mark = BOM_UTF8 if data.startswith(BOM_UTF8) else b""
    if data != mark + source.text.encode():
        return False
    replace(path, mark + text.encode())
    return True
