"""Text to tokens: words, numbers and signs, each with its place; comments apart."""

from __future__ import annotations

from dataclasses import dataclass, field

from nlc.read.table import table
from nlc.report import Diagnostic, Fix, Label
from nlc.source import Source, Span

MOST_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class Token:
    """`first` says that nothing but space stands before it on its line."""

    type: str
    text: str
    source: Source = field(repr=False)
    start: int
    end: int
    first: bool = False

    @property
    def span(self) -> Span:
        return Span(self.source, self.start, self.end)


@dataclass(frozen=True)
class Tokens:
    tokens: list[Token]
    comments: list[Token]
    problems: list[Diagnostic]


def tokenize(source: Source, start: int = 0, end: int | None = None) -> Tokens:
    """The tokens of a piece of the source. A character that belongs to none is reported and left out."""
    text, lexer = source.text, table().lexer
    end = len(text) if end is None else end
    out = Tokens([], [], [])
    at, first = start, True
    while at < end and len(out.problems) < MOST_PROBLEMS:
        match = lexer.match(text, at, end)
        if match is None:
            at = _stray(source, at, end, out)
            continue
        kind, word = match.lastgroup or "", match.group()
        if kind == "COMMENT":
            out.comments.append(Token(kind, word, source, at, match.end(), first))
        elif word.isspace():
            first = first or "\n" in word
        else:
            out.tokens.append(Token(kind, word, source, at, match.end(), first))
            first = False
        at = match.end()
    return out


def _stray(source: Source, at: int, end: int, out: Tokens) -> int:
    """Report what stands at `at`; the place to go on from."""
    character = source.text[at]
    if character == '"':
        stop = at + 1
        while stop < end and source.text[stop] not in " \t\r\n(":
            stop += 1
        out.tokens.append(Token("STRING", source.text[at:stop] + '"', source, at, stop))
        message, label = "this text is not closed", 'close it with `"` on the same line'
    else:
        stop = at + 1
        while stop < end and source.text[stop] == character:
            stop += 1
        shown = (
            character if character.isprintable() and not character.isspace() else f"U+{ord(character):04X}"
        )
        message, label = f"`{shown}` has no meaning here", _HINTS.get(character, "take it out")
    if source.text[at:stop] == "|":
        out.tokens.append(Token("TO", "|>", source, at, stop))
    span = Span(source, at, stop)
    text = _FIXES.get(source.text[at:stop])
    fix = Fix(f"write `{text.strip()}`" if text else "take it out", span, text) if text is not None else None
    out.problems.append(Diagnostic("E0112", message, Label(span, label), fix=fix))
    return stop


_HINTS = {
    "'": 'text stands in `"`, and only behind `use`',
    "\u201c": 'write a plain `"`',
    "\u201d": 'write a plain `"`',
    ";": "lines need no end mark",
    "^": "write a product, as `x * x`",
    "|": "a pipe is `|>`",
    ">": "a pipe is `|>`",
    "\xa0": "write a plain space",
    "!": "nothing is compared in a spec",
    "<": "nothing is compared in a spec",
    "@": "a product with a learned matrix is `linear(x)`",
    "&": "streams are joined by `+`, `*` or `concat(x, y)`",
    "%": "there is no remainder",
    "$": "a name stands for itself",
}
_FIXES = {"'": '"', "\u201c": '"', "\u201d": '"', ";": "", "|": "|>", "\xa0": " "}
"""What certainly was meant."""
