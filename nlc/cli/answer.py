"""How a command answers: its result for standard output, what else there is to say beside it.

Under `--json` both are one object: the result's own fields, `diagnostics` where a spec was read, `remarks`
where there are any. What ends a command otherwise is `{"error": …}`.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TextIO

from nlc.cli.colour import painted
from nlc.report import Report

KINDS = {1: "failed", 2: "usage", 3: "bug", 130: "interrupted"}
"""What an error is called, by the exit code that it ends with."""


@dataclass
class Answer:
    """What one run of the program has to say beside its result."""

    as_json: bool = False
    lines: bool = False
    """One JSON object a line: more are to come."""
    diagnostics: list[dict[str, Any]] | None = None
    remarks: list[str] = field(default_factory=list[str])

    def beside(self) -> dict[str, Any]:
        told: dict[str, Any] = {} if self.diagnostics is None else {"diagnostics": self.diagnostics}
        return told | ({"remarks": self.remarks} if self.remarks else {})


_answer: ContextVar[Answer] = ContextVar("answer")


def begin(as_json: bool, lines: bool = False) -> None:
    """A new answer starts."""
    _answer.set(Answer(as_json, lines))


def current() -> Answer:
    found = _answer.get(None)
    if found is None:
        _answer.set(found := Answer())
    return found


def warn(report: Report) -> None:
    """What was found in a spec, as diagnostics."""
    answer = current()
    answer.diagnostics = [*(answer.diagnostics or []), *report.json()]
    if report.diagnostics and not answer.as_json:
        say(painted(report.text(), sys.stderr))


def remark(text: str) -> None:
    """Something that is worth knowing and stops nothing."""
    answer = current()
    answer.remarks.append(text)
    if not answer.as_json:
        say(painted(f"warning: {text}", sys.stderr))


def say(text: str) -> None:
    """For the person, beside the result; if nobody listens, the command goes on."""
    try:
        print(text, file=sys.stderr)
    except BrokenPipeError:
        silence(sys.stderr)


def silence(stream: TextIO) -> None:
    """The reader has seen enough; Python must not complain again when it closes the stream."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def print_json(value: Mapping[str, Any]) -> None:
    """The result, and all that was said beside it; if nobody reads on, its exit code still counts."""
    try:
        print(to_json(value), flush=current().lines)
    except BrokenPipeError:
        silence(sys.stdout)


def to_json(value: Mapping[str, Any]) -> str:
    answer = current()
    return json.dumps({**answer.beside(), **value}, indent=None if answer.lines else 2, ensure_ascii=False)


def fail(code: int, text: str, facts: Mapping[str, Any] | None = None) -> None:
    """Say why the command ends with `code`, in the form that was asked for."""
    if current().as_json:
        print_json({"error": {"kind": KINDS[code], "message": text, **(facts or {})}})
    else:
        say(painted(text if code == 3 else f"error: {text}", sys.stderr))
