"""What is wrong with text that is no YAML: the loader's own errors, said as a person would."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from nlc.report import Diagnostic, Fix, Label
from nlc.source import Source, Span

Said = tuple[str, Label, Fix | None]
"""The fact, the place with what is to be done there, and the fix."""

CLOSES = {"{": "}", "[": "]"}
FLOW = "within `{…}` and `[…]` expressions with brackets or commas need quotes"


def explain(source: Source, error: Any, flow: bool) -> Diagnostic:
    """E0121 (or E0122, for what specs do not use) from an error with marks."""
    problem, context = (str(text or "") for text in (error.problem, error.context))
    marks = (error.problem_mark, error.context_mark)
    at, begun = (min(mark.index, len(source.text)) if mark else 0 for mark in marks)
    text, code = f"{context}: {problem}", "E0121"
    message, label, fix = "this YAML cannot be read", Label(_one(source, at), problem), None
    for pattern, say in TABLE:
        if re.search(pattern, text) and (said := say(source, at, begun)):
            message, label, fix = said
            code = "E0122" if say in (_unused, _version) else code
            break
    bracket = source.text[label.span.start : label.span.start + 1] in CLOSES
    notes = (FLOW,) if flow and fix is None and not bracket else ()
    return Diagnostic(code, message, label, notes=notes, fix=fix)


def _one(source: Source, at: int) -> Span:
    return Span(source, at, min(at + 1, len(source.text)))


def _line(source: Source, at: int) -> tuple[int, str]:
    """Where the line at an offset begins, and its text."""
    number = source.position(at)[0]
    return source.line_starts[number - 1], source.line(number)


def _before(source: Source, at: int) -> tuple[int, str] | None:
    """The nearest line above that says something."""
    number = source.position(at)[0] - 1
    while number > 0:
        text = source.line(number)
        if text.strip() and not text.lstrip().startswith("#"):
            return source.line_starts[number - 1], text
        number -= 1
    return None


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip(" "))


def _tab(source: Source, at: int, _: int) -> Said | None:
    if source.text[at : at + 1] != "\t":
        return None
    label = "this is a tab: write as many spaces as the lines beside it have"
    return "YAML is indented by spaces", Label(_one(source, at), label), None


def _character(source: Source, at: int, _: int) -> Said:
    shown = source.text[at : at + 1]
    return f"nothing begins with `{shown}`", Label(_one(source, at), "take it out"), None


def _value(source: Source, at: int, _: int) -> Said:
    """A second `:` on a line, or one on a line that belongs to nothing."""
    start, line = _line(source, at)
    key = line[: at - start]
    above = _before(source, at)
    if ": " in key or "(" in key:
        label = "a `:` and a space begin a value; arguments are written with `=`"
        return "a value stands in a value", Label(_one(source, at), label), None
    if above and above[1].startswith("%"):
        return _version(source, above[0], above[0])
    if above and _indent(line) >= _indent(above[1]) and ":" not in above[1]:
        return _no_colon(source, above[0], above[0])
    name = Span(source, start + _indent(line), at)
    return "this line belongs to nothing", Label(name, _indents(source, at)), None


def _no_colon(source: Source, _: int, begun: int) -> Said:
    start, line = _line(source, begun)
    text = re.sub(r"\s+#.*", "", line).rstrip()
    end = Span(source, start + len(text), start + len(text))
    place = Span(source, start + _indent(line), start + len(text))
    fix = Fix(f"write `{text.strip()}:`", end, ":") if re.fullmatch(r"\s*[\w.]+", text) else None
    return (
        f"a `:` is missing after `{text.strip()[:40]}`",
        Label(place, "every line of a map is `name: value`"),
        fix,
    )


def _indents(source: Source, at: int) -> str:
    """How far the lines above are indented that this one could go with."""
    number = source.position(at)[0]
    own, open_ = _indent(source.line(number)), list[int]()
    for above in range(number - 1, 0, -1):
        text = source.line(above)
        if text.strip() and (not open_ or _indent(text) < open_[-1]):
            open_.append(_indent(text))
    counts = [str(count) for count in reversed(open_)]
    many = f"{', '.join(counts[:-1])} or {counts[-1]}" if len(counts) > 1 else "".join(counts)
    return f"it begins with {own} spaces; here a line begins with {many}"


def _block(source: Source, at: int, begun: int) -> Said:
    start, line = _line(source, at)
    character = source.text[at : at + 1]
    if character in "}],":
        verb = "parts" if character == "," else "closes"
        return f"this `{character}` {verb} nothing", Label(_one(source, at), "nothing is open here"), None
    inside = _line(source, begun)[1]
    if _indent(line) == _indent(inside) and inside.lstrip().startswith("-") != line.lstrip().startswith("-"):
        label = "begin every line of a list with `- `, or none"
        return (
            "a list and a map cannot stand in one place",
            Label(Span(source, at, start + len(line)), label),
            None,
        )
    place = Span(source, start + _indent(line), start + len(line.rstrip()))
    return "this line is indented like none above it", Label(place, _indents(source, at)), None


def _flow(source: Source, at: int, begun: int) -> Said:
    bracket = source.text[begun : begun + 1]
    same = _line(source, at)[0] == _line(source, begun)[0] and at < len(source.text)
    if same and source.text[at] not in "}]":
        label = f"between the entries of `{bracket}…{CLOSES.get(bracket, '')}` stands a `,`"
        return "a `,` is missing before this", Label(_one(source, at), label), None
    label = f"add `{CLOSES.get(bracket, bracket)}` where it ends"
    return f"this `{bracket}` is not closed", Label(_one(source, begun), label), None


def _quote(source: Source, _: int, begun: int) -> Said:
    sign = source.text[begun : begun + 1]
    return "this text is not closed", Label(_one(source, begun), f"add `{sign}` where it ends"), None


def _list(source: Source, at: int, _: int) -> Said:
    label = "begin it on the next line, or write `[a, b]`"
    return "a list with `- ` has lines of its own", Label(_one(source, at), label), None


def _several(source: Source, at: int, begun: int) -> Said:
    """`keys: |> norm`: `|` and `>` begin texts of several lines."""
    start, line = _line(source, begun)
    text = line[begun - start :].rstrip()
    place = Span(source, begun, begun + len(text))
    return (
        "YAML reads a `|` or `>` at the start in its own way",
        Label(place, "put a value in front of it"),
        None,
    )


def _unused(source: Source, _: int, begun: int) -> Said:
    shown = source.text[begun : begun + 1]
    kinds = {"*": "aliases (`*name`)", "&": "anchors (`&name`)", "!": "tags (`!name`)"}
    return f"{kinds.get(shown, 'marks')} are not read", Label(_one(source, begun), "take it out"), None


def _escape(source: Source, at: int, _: int) -> Said:
    return "nothing in a spec needs an escape", Label(_one(source, max(at - 1, 0)), "write it plainly"), None


def _version(source: Source, at: int, _: int) -> Said:
    start, line = _line(source, at)
    place = Span(source, start, start + len(line))
    return "a spec says nothing of YAML's own", Label(place, "take this line out"), None


TABLE: tuple[tuple[str, Callable[[Source, int, int], Said | None]], ...] = (
    (r"scanning (an alias|an anchor)|a tag", _unused),
    (r"cannot start any token", _tab),
    (r"cannot start any token", _character),
    (r"mapping values are not allowed", _value),
    (r"could not find expected ':'", _no_colon),
    (r"flow (mapping|sequence): expected", _flow),
    (r"quoted scalar: found unexpected", _quote),
    (r"sequence entries are not allowed", _list),
    (r"block scalar", _several),
    (r"escape|hexadecimal", _escape),
    (r"YAML document|directive", _version),
    (r"expected <block end>", _block),
)
