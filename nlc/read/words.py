"""What may be a name and what may be a number."""

from __future__ import annotations

import math
import re

from nlc.report import Diagnostic, Label, Report
from nlc.source import Span
from nlc.spec.file import KINDS

LONGEST_NAME = 64
LONGEST_INTEGER = 18
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")

LANGUAGE = frozenset(("use", "dim", "param", "in", "return", "every", "true", "false", *KINDS))

# Names become names in generated Python. The list is fixed, so that every Python reads a file alike.
PYTHON = frozenset(
    (
        "False", "None", "True", "and", "as", "assert", "async", "await", "break", "case", "class",
        "continue", "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if",
        "import", "in", "is", "lambda", "match", "nonlocal", "not", "or", "pass", "raise", "return",
        "try", "type", "while", "with", "yield",
    )
)  # fmt: skip


def why_no_name(text: str) -> str | None:
    """What is wrong with a word as a new name, or None."""
    if text in LANGUAGE:
        return "it is a word of the language"
    if text in PYTHON:
        return "it is a word of Python, which the compiler writes"
    if len(text) > LONGEST_NAME:
        return f"it has {len(text)} characters; {LONGEST_NAME} are the most"
    if not _NAME.fullmatch(text):
        return "a name begins with a letter; then letters, digits and `_`"
    return None


def check_name(text: str, span: Span, report: Report) -> None:
    why = why_no_name(text)
    if why:
        shown = text if len(text) <= 24 else text[:20] + "…"
        report.add(Diagnostic("E0108", f"`{shown}` cannot be a name", Label(span, why)))


def read_number(text: str, span: Span, report: Report) -> int | float:
    """The value; a number that is too long or too large is reported and read as 0."""
    if text.isdigit():
        if len(text) <= LONGEST_INTEGER:
            return int(text)
        why = f"it has {len(text)} digits; {LONGEST_INTEGER} are the most"
    else:
        value = float(text)
        if math.isfinite(value):
            return value
        why = "the largest number is about 1.8e308"
    report.add(Diagnostic("E0109", "this number is too large", Label(span, why)))
    return 0
