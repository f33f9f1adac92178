"""Which units of time a place can have, as far as the text around it tells."""

from __future__ import annotations

from collections.abc import Sequence

from nlc.read.lexer import Token
from nlc.spec.time import UNITS, Unit

BUILT: tuple[Unit, ...] = ("token", "step")
"""`sequence` is read, and refused later: it is not proposed."""


def legal(kind: str, field: str, objective: str, inside: str = "") -> tuple[Unit, ...]:
    """The units of a field in a form of that kind; `inside`: the kind of the form around it."""
    if kind == "model" or inside == "optimizer":
        return ("step",)
    if kind == "memory" and field == "update" and objective == "task":
        return BUILT
    if kind == "memory" and (field != "update" or objective):
        return ("token",)
    return BUILT


def around(tokens: Sequence[Token], at: int) -> tuple[Unit, ...]:
    """The same for the place before a token of `.nl` text."""
    kinds = _open(tokens, at)
    if not kinds:
        return BUILT
    brace, kind = kinds[-1]
    field = next((tokens[i - 1].text for i in range(at - 1, brace, -1) if tokens[i].type == "COLON"), "")
    inside = kinds[-2][1] if len(kinds) > 1 else ""
    return legal(kind, field, _objective(tokens, brace), inside)


def _open(tokens: Sequence[Token], at: int) -> list[tuple[int, str]]:
    """The `{` of the forms that are open at a token, and the kind of each."""
    out: list[tuple[int, str]] = []
    kind = ""
    for index, token in enumerate(tokens[:at]):
        if token.type == "KIND":
            kind = token.text
        elif token.type == "LBRACE":
            out.append((index, kind))
        elif token.type == "RBRACE" and out:
            out.pop()
    return out


def _objective(tokens: Sequence[Token], brace: int) -> str:
    """The name behind `objective:` in the form that this `{` opens."""
    depth = 0
    for index in range(brace + 1, len(tokens) - 2):
        depth += (tokens[index].type == "LBRACE") - (tokens[index].type == "RBRACE")
        if depth < 0:
            break
        if depth == 0 and tokens[index].text == "objective" and tokens[index + 1].type == "COLON":
            return tokens[index + 2].text
    return ""


def shown(units: Sequence[Unit], plural: bool) -> str:
    """`tokens` or `steps`."""
    return " or ".join(f"`{unit}{'s' * plural}`" for unit in units)


def known(units: Sequence[Unit]) -> list[str]:
    """Words that a misspelt one may have meant: those that fit, or else all."""
    return [word for unit in units or UNITS for word in (unit, f"{unit}s")]
