"""Diagnostics in colour, for terminals only: the text itself stays plain."""

from __future__ import annotations

import os
import re
from typing import TextIO

import typer

HEAD = re.compile(r"(error|warning)(\[\w+\])?:")
GUTTER = re.compile(r"( *\d* [|=]| *(?:-->|:::))(.*)")
HUE = {"error": "red", "warning": "yellow"}


def wanted(stream: TextIO) -> bool:
    """Whether to paint: NO_COLOR and FORCE_COLOR (any value but none) decide, else it is a terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def painted(text: str, stream: TextIO) -> str:
    """Rendered diagnostics for that stream: severity and carets in its hue, the margin dim."""
    if not wanted(stream):
        return text
    hue, lines = "red", list[str]()
    for line in text.split("\n"):
        head, gutter = HEAD.match(line), GUTTER.fullmatch(line)
        if head:
            hue = HUE[head[1]]
            line = typer.style(head[0], fg=hue, bold=True) + typer.style(line[head.end() :], bold=True)
        elif gutter:
            margin, rest = gutter.groups()
            marks = rest.lstrip().startswith("^") and not margin.strip(" |")
            line = typer.style(margin, fg="blue") + (typer.style(rest, fg=hue) if marks else rest)
        lines.append(line)
    return "\n".join(lines)
