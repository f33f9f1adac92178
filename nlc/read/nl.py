"""`.nl` text to a File, or to a report of everything that is wrong with it."""

from __future__ import annotations

from typing import Any

from nlc.read.build import Build
from nlc.read.lexer import Token, Tokens, tokenize
from nlc.read.mistakes import explain
from nlc.read.parser import Parser
from nlc.report import Diagnostic, Fix, Label, Report, SpecError
from nlc.source import Source, Span
from nlc.spec.file import File

LARGEST = 2**20


def parse(source: Source) -> File:
    """The file, in the order of its text; raises SpecError."""
    check_size(source)
    report = Report()
    lexed = tokenize(source)
    _complete_version(source, lexed, report)
    return _run(source, lexed, "start", report, len(source.text))


def parse_piece(source: Source, start: str, begin: int, end: int, report: Report) -> Any | None:
    """A piece of a source as the rule `start`; mistakes go to the report, and None comes back."""
    own = Report()
    try:
        return _run(source, tokenize(source, begin, end), start, own, end)
    except SpecError as error:
        for diagnostic in error.report.diagnostics:
            report.add(diagnostic)
        return None


def check_size(source: Source) -> None:
    size = len(source.text.encode("utf-8", "surrogatepass"))
    if size > LARGEST:
        label = Label(Span(source, 0, 0), "the limit is 1 MiB")
        raise SpecError(Report([Diagnostic("E0111", f"this file has {size:,} bytes", label)]))


def _run(source: Source, lexed: Tokens, start: str, report: Report, end: int) -> Any:
    for problem in lexed.problems:
        report.add(problem)
    return Parser(source, Build(report), explain, report).run(lexed.tokens, start, end)


def _complete_version(source: Source, lexed: Tokens, report: Report) -> None:
    """Say that `nl 1` is missing, and go on as if it were there."""
    tokens = lexed.tokens
    if not tokens or tokens[0].type != "NL":
        at = tokens[0].start if tokens else 0
        label = Label(Span(source, at, at), "write `nl 1` above it")
        fix = Fix("put `nl 1` on the first line", Span(source, 0, 0), "nl 1\n")
        report.add(Diagnostic("E0106", "the file does not say its version", label, fix=fix))
        tokens[:0] = [Token("NL", "nl", source, at, at, True), Token("INT", "1", source, at, at)]
    elif len(tokens) == 1 or tokens[1].type != "INT":
        label = Label(tokens[0].span, "write `nl 1`")
        report.add(Diagnostic("E0106", "the file does not say its version", label))
        at = tokens[0].end
        tokens[1:1] = [Token("INT", "1", source, at, at)]
