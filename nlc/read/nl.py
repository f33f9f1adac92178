"""`.nl` text to a File, or to a report of everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nlc.read.build import Build
from nlc.read.lexer import Token, Tokens, tokenize
from nlc.read.mistakes import explain
from nlc.read.parser import Parser
from nlc.read.spelling import other_spelling
from nlc.report import Diagnostic, Fix, Label, Report, SpecError
from nlc.source import Source, Span
from nlc.spec.file import File
from nlc.spec.time import Unit

LARGEST = 2**20


def parse(source: Source) -> File:
    """The file, in the order of its text; raises SpecError."""
    check_size(source)
    report = Report()
    if found := other_spelling(source):
        raise SpecError(Report([found]))
    lexed = tokenize(source)
    _complete_version(source, lexed, report)
    return _run(source, lexed, "start", report, len(source.text))


def parse_piece(
    source: Source, start: str, begin: int, end: int, report: Report, units: Sequence[Unit] = ()
) -> Any | None:
    """A piece of a source as the rule `start`; mistakes go to the report, and None comes back.

    `units` of time that fit where it stands, if the caller knows.
    """
    own = Report()
    try:
        return _run(source, tokenize(source, begin, end), start, own, end, units)
    except SpecError as error:
        for diagnostic in error.report.diagnostics:
            report.add(diagnostic)
        return None


def check_size(source: Source) -> None:
    size = len(source.text.encode("utf-8", "surrogatepass"))
    if size > LARGEST:
        label = Label(Span(source, 0, 0), "the limit is 1 MiB")
        raise SpecError(Report([Diagnostic("E0111", f"this file has {size:,} bytes", label)]))


def _run(
    source: Source, lexed: Tokens, start: str, report: Report, end: int, units: Sequence[Unit] = ()
) -> Any:
    for problem in lexed.problems:
        report.add(problem)
    return Parser(source, Build(report), explain, report, units).run(lexed.tokens, start, end)


def _complete_version(source: Source, lexed: Tokens, report: Report) -> None:
    """Say that `nl 1` is missing or miswritten, and go on as if it were there."""
    tokens = lexed.tokens
    if tokens and tokens[0].type == "NL" and len(tokens) > 1 and tokens[1].type == "INT":
        _once(source, tokens, report)
        return
    at = tokens[0].start if tokens else 0
    wrong = _miswritten(tokens)
    later = next((i for i in range(len(tokens) - 1) if _version_at(tokens, i)), None)
    if wrong:
        span = tokens[0].span.to(tokens[wrong - 1].span)
        other = any(digit.isdigit() and digit != "1" for digit in span.text)
        fix = None if other else Fix("write `nl 1`", span, "nl 1")
        label = Label(span, "this line says the version of the language")
        report.add(Diagnostic("E0106", "the first line is `nl 1`", label, fix=fix))
        del tokens[:wrong]
    elif later is not None:
        span = tokens[later].span.to(tokens[later + 1].span)
        moved = Span(source, at, span.end)
        fix = Fix("move it up", moved, f"{span.text}\n{source.text[at : span.start].rstrip()}")
        label = Label(span, "it comes before all else but comments")
        report.add(Diagnostic("E0106", "the version stands too late", label, fix=fix))
        del tokens[later : later + 2]
    else:
        label = Label(Span(source, at, at), "write `nl 1` above it")
        fix = Fix("put `nl 1` on the first line", Span(source, 0, 0), "nl 1\n")
        report.add(Diagnostic("E0106", "the file does not say its version", label, fix=fix))
    tokens[:0] = [Token("NL", "nl", source, at, at, True), Token("INT", "1", source, at, at)]


def _version_at(tokens: Sequence[Token], at: int) -> bool:
    """Whether `nl 1` stands there as a line of its own."""
    if tokens[at].type != "NL" or not tokens[at].first or tokens[at + 1].type != "INT":
        return False
    return at + 2 >= len(tokens) or tokens[at + 2].first


def _miswritten(tokens: Sequence[Token]) -> int:
    """How many tokens begin the file as a version that is not understood: `nl1`, `nl: 1`, `nl one`."""
    if not tokens or not tokens[0].text.startswith("nl"):
        return 0
    count = next((i for i, token in enumerate(tokens) if i and token.first), len(tokens))
    named = tokens[0].type == "NL" or tokens[0].text[2:].isdigit()
    return count if named and count <= 3 else 0


def _once(source: Source, tokens: list[Token], report: Report) -> None:
    """A second `nl 1`, of files that were put together, is taken out."""
    for at in range(len(tokens) - 2, 1, -1):
        if _version_at(tokens, at):
            span = tokens[at].span.to(tokens[at + 1].span)
            label, first = Label(span, "a second time here"), Label(tokens[0].span, "first here")
            fix = Fix("take it out", span, "")
            report.add(Diagnostic("E0106", "a file says its version once", label, (first,), fix=fix))
            del tokens[at : at + 2]
