"""The driver of the parse table: tokens in, nodes out, and after a mistake on at the next entry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from nlc.read.lexer import Token
from nlc.read.table import Rule, Table, table
from nlc.report import Diagnostic, Label, Report, SpecError
from nlc.source import Source, Span
from nlc.spec.time import Unit

DEEPEST = 64
MOST_MISTAKES = 20
MOST_HELD = 1000
END = "$END"
OPENS = {"LPAR": "RPAR", "LSQB": "RSQB", "LBRACE": "RBRACE"}

Builder = Callable[[str, list[Any], Span], Any]


@dataclass(frozen=True, slots=True)
class Held:
    """One symbol on the stack: its token or what was built from it, and the characters it covers."""

    symbol: str
    value: Any
    start: int
    end: int


@dataclass
class Stuck:
    """What the parser knows when a token does not fit."""

    source: Source
    tokens: Sequence[Token]
    at: int
    could: frozenset[str]
    held: Sequence[Held]
    units: Sequence[Unit] = ()
    """The units that fit here, where more than the text of the piece is known."""

    @property
    def came(self) -> Token:
        return self.tokens[self.at]

    def back(self, count: int = 1) -> Token | None:
        """The token `count` places before the one that came."""
        return self.tokens[self.at - count] if self.at >= count else None

    def open(self) -> Token | None:
        """The innermost bracket that waits for its end."""
        closed = 0
        for held in reversed(self.held):
            closed += held.symbol in OPENS.values()
            if held.symbol in OPENS:
                if not closed:
                    return held.value
                closed -= 1
        return None


def too_deep(span: Span) -> Diagnostic:
    notes = ("give a part of it a name: `part = …`",)
    label = Label(span, f"the limit is {DEEPEST} levels")
    return Diagnostic("E0110", "this is nested too deep", label, notes=notes)


@dataclass
class Parser:
    """One run over the tokens of one piece of text."""

    source: Source
    build: Builder
    explain: Callable[[Stuck], tuple[Any, int]]
    report: Report
    units: Sequence[Unit] = ()
    table: Table = field(default_factory=table)

    def run(self, tokens: Sequence[Token], start: str, end: int) -> Any:
        """The node of rule `start`; raises SpecError with every mistake that was found."""
        first, last = self.table.starts[start]
        self.states, self.held = [first], list[Held]()
        tokens = [*tokens, Token(END, "", self.source, end, end)]
        at = 0
        while at < len(tokens):
            symbol = self._fitting(tokens[at])
            if symbol is None:
                at = self._recover(tokens, at)
                continue
            self._feed(symbol, tokens[at], last)
            at += 1
        self.report.stop()
        return self.held[-1].value

    def _fitting(self, token: Token) -> str | None:
        """The symbol that the token is here: words of time and kinds are names where only names fit."""
        if self._accepts(token.type):
            return token.type
        if token.type in ("UNIT", "KIND", "NL") and self._accepts("NAME"):
            return "NAME"
        return None

    def _accepts(self, symbol: str) -> bool:
        """Would the symbol be shifted, once all rules before it are done?"""
        states = self.states.copy()
        while True:
            action = self.table.states[states[-1]].get(symbol)
            if action is None:
                return False
            if action >= 0:
                return True
            rule = self.table.rules[-1 - action]
            del states[len(states) - rule.size :]
            to = self.table.states[states[-1]][rule.origin]
            if symbol == END and not self.table.states[to]:
                return True
            states.append(to)

    def _feed(self, symbol: str, token: Token, last: int) -> None:
        while True:
            action = self.table.states[self.states[-1]][symbol]
            if action >= 0:
                self.states.append(action)
                self.held.append(Held(symbol, token, token.start, token.end))
                if len(self.held) > MOST_HELD:
                    self.report.add(too_deep(token.span))
                    raise SpecError(self.report)
                return
            self._reduce(self.table.rules[-1 - action], token.start)
            if symbol == END and self.states[-1] == last:
                return

    def _reduce(self, rule: Rule, here: int) -> None:
        parts = self.held[len(self.held) - rule.size :] if rule.size else []
        if rule.size:
            del self.held[-rule.size :], self.states[-rule.size :]
        start, end = (parts[0].start, parts[-1].end) if parts else (here, here)
        values: list[Any] = []
        for index in rule.keep:
            part = parts[index]
            values.extend(part.value) if part.symbol.startswith("__") else values.append(part.value)
        if rule.origin.startswith("__"):
            value: Any = values
        elif rule.passes and len(values) == 1:
            value = values[0]
        else:
            value = self.build(rule.name, values, Span(self.source, start, end))
        self.states.append(self.table.states[self.states[-1]][rule.origin])
        self.held.append(Held(rule.origin, value, start, end))

    def _recover(self, tokens: Sequence[Token], at: int) -> int:
        """Report the mistake; drop what was begun; go on at the next entry or form."""
        terminals = {symbol for symbol in self.table.states[self.states[-1]] if symbol.isupper()} | {
            "NAME",
            END,
        }
        could = frozenset(symbol for symbol in terminals if self._accepts(symbol))
        stuck = Stuck(self.source, tokens, at, could, self.held, self.units)
        diagnostic, resume = self.explain(stuck)
        if not self._follows_a_stray_character(tokens[at]):
            self.report.add(diagnostic)
        if len(self.report.errors) >= MOST_MISTAKES:
            raise SpecError(self.report)
        bracket = stuck.open()
        while len(self.states) > 1 and not self._between_entries():
            self.states.pop()
            self.held.pop()
        if not self._between_entries():
            raise SpecError(self.report)
        return self._next_entry(tokens, resume, at, bracket)

    def _follows_a_stray_character(self, token: Token) -> bool:
        """Then what does not fit is no mistake of its own."""
        line = token.span.line
        return any(found.code == "E0112" and found.label.span.line == line for found in self.report.errors)

    def _between_entries(self) -> bool:
        """In a body or at the top of a file, where the next entry may begin."""
        return self._accepts("KIND") and (self._accepts("RBRACE") or self._accepts("USE"))

    def _next_entry(self, tokens: Sequence[Token], resume: int, at: int, bracket: Token | None) -> int:
        depth = 0
        for index in range(resume, len(tokens)):
            token = tokens[index]
            begins = token.type == "KIND" or token.first or (index == resume and resume < at)
            if depth == 0 and begins and self._begins_entry(tokens, index):
                return index
            if token.type == "RBRACE":
                if depth == 0 and self._accepts("RBRACE"):
                    return index
                depth = max(0, depth - 1)
            depth += token.type == "LBRACE"
        if not self._accepts(END) or bracket is not None:
            raise SpecError(self.report)
        return len(tokens) - 1

    def _begins_entry(self, tokens: Sequence[Token], index: int) -> bool:
        token = tokens[index]
        if token.type in ("KIND", "RETURN", "USE", "DIM", "PARAM"):
            return self._accepts(token.type)
        following = tokens[index + 1].type if index + 1 < len(tokens) else END
        return token.type in ("NAME", "UNIT") and self._accepts("NAME") and following in _AFTER_NAME


_AFTER_NAME = ("COLON", "EQUAL", "LPAR", "DOT", "LSQB")
