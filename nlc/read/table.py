"""The parse table of grammar/nl.lark: made by Lark, kept as plain JSON, loaded without Lark.

Lark needs 130 ms to build the table and 60 ms to be imported; every command reads a spec, so what is
shipped is the finished table (`grammar/nl.json`) and a driver of a page (`parser.py`).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from nlc.data import grammar

STARTS = ("start", "entry", "value", "expr", "domain", "label", "sizes")


@dataclass(frozen=True)
class Rule:
    """`origin` is made of `size` symbols; `keep` are those that mean something."""

    origin: str
    size: int
    name: str
    passes: bool
    keep: tuple[int, ...]


@dataclass(frozen=True)
class Table:
    """LALR(1): in a state a symbol leads to a state (0 and up) or to a rule (-1 is rule 0)."""

    states: list[dict[str, int]]
    rules: list[Rule]
    starts: dict[str, tuple[int, int]]
    lexer: re.Pattern[str]


@cache
def table() -> Table:
    data = json.loads(grammar("nl.json"))
    return Table(
        states=data["states"],
        rules=[Rule(o, size, name, passes, tuple(keep)) for o, size, name, passes, keep in data["rules"]],
        starts={name: (first, last) for name, (first, last) in data["starts"].items()},
        lexer=re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in data["terminals"])),
    )


def build(text: str) -> dict[str, Any]:
    """The table of a grammar text, as JSON data; needs Lark."""
    from lark import Lark
    from lark.parsers.lalr_analysis import Shift

    lark: Any = Lark(text, parser="lalr", start=list(STARTS), maybe_placeholders=False)
    parse_table: Any = lark.parser.parser._parse_table
    rules = sorted(lark.rules, key=str)
    rule_number = {rule: index for index, rule in enumerate(rules)}
    number = _number(parse_table, Shift)
    states: list[dict[str, int]] = [{} for _ in number]
    for state, actions in parse_table.states.items():
        for symbol, (action, to) in sorted(actions.items()):
            states[number[state]][symbol] = number[to] if action is Shift else -1 - rule_number[to]
    return {
        "starts": {
            name: [number[parse_table.start_states[name]], number[parse_table.end_states[name]]]
            for name in STARTS
        },
        "terminals": _terminals(list(lark.terminals)),
        "rules": [
            [
                rule.origin.name,
                len(rule.expansion),
                rule.alias or rule.origin.name,
                bool(rule.options.expand1 and not rule.alias),
                [i for i, symbol in enumerate(rule.expansion) if not (symbol.is_term and symbol.filter_out)],
            ]
            for rule in rules
        ],
        "states": states,
    }


def _number(parse_table: Any, shift: Any) -> dict[int, int]:
    """States counted in the order they are met: Lark's own numbers change from run to run."""
    met = dict.fromkeys(parse_table.start_states[name] for name in STARTS)
    waiting = list(met)
    while waiting:
        for _, (action, to) in sorted(parse_table.states[waiting.pop(0)].items()):
            if action is shift and to not in met:
                met[to] = None
                waiting.append(to)
    return {state: index for index, state in enumerate(met)}


def _terminals(terminals: list[Any]) -> list[list[str]]:
    """Patterns in the order they are tried: by priority, words before NAME, long before short."""

    def pattern(terminal: Any) -> str:
        text = terminal.pattern.to_regexp()
        return text + r"\b" if terminal.pattern.type == "str" and text.isalpha() else text

    def order(terminal: Any) -> tuple[int, int, int]:
        return (-terminal.priority, terminal.pattern.type != "str", -len(terminal.pattern.value))

    return [[terminal.name, pattern(terminal)] for terminal in sorted(terminals, key=order)]


def encode(data: dict[str, Any]) -> str:
    """JSON with one state or rule on a line, so that a change can be read."""
    parts: list[str] = []
    for key, value in data.items():
        if isinstance(value, list):
            rows = ",\n".join(json.dumps(row) for row in value)  # type: ignore[arg-type]
            parts.append(f"{json.dumps(key)}: [\n{rows}\n]")
        else:
            parts.append(f"{json.dumps(key)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    Path("grammar/nl.json").write_text(encode(build(grammar("nl.lark"))), encoding="utf-8")
