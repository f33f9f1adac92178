"""The table of syntax mistakes: what could have come and what came, to what is said and how to go on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nlc.read import slips
from nlc.read.lexer import Token
from nlc.read.parser import END, OPENS, Stuck
from nlc.read.units import around, known, shown
from nlc.read.words import PYTHON
from nlc.report import Diagnostic, Fix, Label
from nlc.source import Span
from nlc.spec.file import KINDS
from nlc.suggest import nearest, same, slipped

Answer = tuple[Diagnostic, int] | None
"""What to say, and the token from which to look for the next entry."""


@dataclass(frozen=True)
class Mistake:
    """Applies where all of `could` was possible and one of `came` stands (none named: anything)."""

    could: frozenset[str]
    came: frozenset[str]
    say: Callable[[Stuck], Answer]


def explain(stuck: Stuck) -> tuple[Diagnostic, int]:
    """The first row of the table that has something to say."""
    for mistake in TABLE:
        if mistake.could <= stuck.could and (not mistake.came or stuck.came.type in mistake.came):
            answer = mistake.say(stuck)
            if answer:
                return answer
    return _anything(stuck)


def _colon_argument(stuck: Stuck) -> Answer:
    name, bracket = stuck.back(), stuck.open()
    if name is None or bracket is None or bracket.type != "LPAR":
        return None
    label = Label(stuck.came.span, f"write `{name.text}=…`; `:` only introduces a field")
    following = stuck.tokens[stuck.at + 1]
    fix = None
    if not following.first and following.type in ("NAME", "NUMBER", "INT"):
        label = Label(stuck.came.span, "`:` only introduces a field")
        place = Span(stuck.source, stuck.came.start, following.start)
        fix = Fix(f"write `{name.text}={following.text}`", place, "=")
    return Diagnostic("E0102", "arguments are written with `=`", label, fix=fix), stuck.at


def _unit(stuck: Stuck) -> Answer:
    if not any(held.symbol == "EVERY" for held in stuck.held[-2:]):
        return None
    came, before = stuck.came, stuck.back()
    fitting = stuck.units or around(stuck.tokens, stuck.at)
    if came.type == "NAME" and not came.first:
        meant = nearest(came.text, known(fitting))
        certain = meant and (same(came.text, meant) or slipped(came.text, meant))
        fix = Fix(f"did you mean `{meant}`?", came.span, meant) if meant and certain else None
        label = Label(came.span, f"here time is counted in {shown(fitting, True)}")
        return Diagnostic("E0204", f"`{came.text[:40]}` is no unit of time", label, fix=fix), stuck.at
    assert before is not None
    if before.type == "EVERY":
        examples = " or ".join(f"`{unit}`, `64 {unit}s`" for unit in fitting)
        label = Label(before.span, f"add {examples.replace('`, `', '` or `')} after it")
        return Diagnostic("E0204", "a period needs a unit", label), stuck.at
    label = Label(before.span, f"add {shown(fitting, before.text != '1')} after it")
    fix = None
    if len(fitting) == 1:
        word = fitting[0] + "s" * (before.text != "1")
        label = Label(before.span, f"here time is counted in {shown(fitting, True)}")
        alone = (first := stuck.back(2)) is not None and first.type == "EVERY"
        title = f"write `every {before.text} {word}`" if alone else f"add `{word}`"
        fix = Fix(title, Span(stuck.source, before.end, before.end), f" {word}")
    return Diagnostic("E0204", "a period needs a unit", label, fix=fix), stuck.at


def _no_value(stuck: Stuck) -> Answer:
    """`keys:` and then the next entry: its name was taken for the value, up to its sign."""
    name, sign = stuck.back(), stuck.back(2)
    if name is None or sign is None or not name.first or sign.type not in _WANTS:
        return None
    return _missing(stuck, sign), stuck.at - 1


def _bare_point(stuck: Stuck) -> Answer:
    """`.5` and `5.`"""
    before, after = stuck.back(), stuck.tokens[min(stuck.at + 1, len(stuck.tokens) - 1)]
    parts = [
        token
        for token, touches in (
            (before, before is not None and before.type == "INT" and before.end == stuck.came.start),
            (after, after.type == "INT" and after.start == stuck.came.end),
        )
        if token is not None and touches
    ]
    if len(parts) != 1:
        return None
    span = stuck.came.span.to(parts[0].span)
    number = f"0{span.text}" if parts[0] is after else f"{span.text}0"
    fix = Fix(f"write `{number}`", span, number)
    label = Label(span, "a number has digits on both sides of its point")
    return Diagnostic("E0109", "this number is not complete", label, fix=fix), stuck.at


def _no_operand(stuck: Stuck) -> Answer:
    before = stuck.back()
    if before is None or before.type not in _WANTS or (before.type == "COMMA" and stuck.came.type == "RPAR"):
        return None
    if stuck.came.type in _WORDS:
        return None
    if before.type == "RETURN" and stuck.came.type in ("EQUAL", "COLON"):
        return _no_name(before), stuck.at
    return _missing(stuck, before), stuck.at


def _missing(stuck: Stuck, sign: Token) -> Diagnostic:
    shown = f"`{sign.text}`"
    if sign.type in ("COLON", "EQUAL"):
        index = next(i for i, token in enumerate(stuck.tokens) if token is sign)
        shown = f"`{stuck.tokens[index - 1].text[:40]} {sign.text}`".replace(" :", ":")
    return Diagnostic(
        "E0104", f"a value is missing after {shown}", Label(sign.span, "put an expression behind it")
    )


def _pipe_beside_sum(stuck: Stuck) -> Answer:
    label = Label(stuck.came.span, "which of the two is meant to come first?")
    notes = ("write `x + (y |> f)` or `(x + y) |> f`",)
    return Diagnostic("E0105", "a pipe beside `+ - * /` stands in parentheses", label, notes=notes), stuck.at


def _unclosed(stuck: Stuck) -> Answer:
    """The end of the file, or the next line's entry, inside a bracket."""
    bracket = stuck.open()
    if bracket is None or not (stuck.came.type in (END, "RBRACE") or stuck.came.first):
        return None
    if bracket.type == "LBRACE":
        return _unclosed_form(stuck, bracket) if stuck.came.type == END else None
    close = {"LPAR": ")", "LSQB": "]"}[bracket.type]
    label = Label(bracket.span, f"add `{close}` where it ends")
    return Diagnostic("E0113", f"this `{bracket.text}` is not closed", label), stuck.at


def _unclosed_form(stuck: Stuck, bracket: Token) -> Answer:
    bracket = _by_indent(stuck) or bracket
    index = next(i for i, token in enumerate(stuck.tokens) if token is bracket)
    while index and not stuck.tokens[index].first and stuck.tokens[index].type != "KIND":
        index -= 1
    head = stuck.tokens[index]
    name = f"`{head.text} {stuck.tokens[index + 1].text[:40]}`" if head.type == "KIND" else "this `{`"
    return Diagnostic(
        "E0103", f"{name} is not closed", Label(bracket.span, "add `}` where it ends")
    ), stuck.at


def _by_indent(stuck: Stuck) -> Token | None:
    """The first `{` whose `}` stands in another column than the line that opened it."""
    opened: list[tuple[Token, int]] = []
    column = 0
    for token in stuck.tokens:
        if token.first:
            column = token.span.column
        if token.type == "LBRACE":
            opened.append((token, column))
        elif token.type == "RBRACE" and opened:
            brace, at = opened.pop()
            if token.first and column < at:
                return brace
    return None


def _not_open(stuck: Stuck) -> Answer:
    if stuck.open() is not None:
        return None
    label = Label(stuck.came.span, "nothing is open here")
    return Diagnostic("E0114", f"this `{stuck.came.text}` closes nothing", label), stuck.at + 1


def _nameless_form(stuck: Stuck) -> Answer:
    index = stuck.at
    while index and not stuck.tokens[index].first:
        index -= 1
    head = stuck.tokens[index]
    if head.text not in KINDS or (head.type == "KIND" and stuck.at - index > 1):
        return None
    label = Label(head.span, f"write `{head.text} name(x) {{`")
    return Diagnostic("E0116", f"this {head.text} has no name", label), stuck.at


def _misspelt_kind(stuck: Stuck) -> Answer:
    """`memry m(x) {`: two names side by side, the first of them nearly a kind."""
    head = stuck.back() if stuck.back() and not stuck.came.first else stuck.came
    assert head is not None
    if head.text in PYTHON:
        label = Label(head.span, slips.foreign(head.text))
        message = f"the language has no `{head.text}`"
        return Diagnostic("E0101", message, label), stuck.at
    words = [*KINDS, "use", "dim", "param"] if "USE" in stuck.could else [*KINDS, "return"]
    meant = nearest(head.text, words)
    if meant is None or not head.first or head.text in words:
        return None
    label = Label(head.span, "this is no word of the language")
    certain = same(head.text, meant) or slipped(head.text, meant)
    fix = Fix(f"did you mean `{meant}`?", head.span, meant) if certain else None
    return Diagnostic("E0101", f"`{head.text[:40]}` begins nothing", label, fix=fix), stuck.at


def _stray_top(stuck: Stuck) -> Answer:
    found = _nameless_form(stuck) or _misspelt_kind(stuck)
    if found:
        return found
    label = Label(stuck.came.span, "write `dim`, `param`, `use` or a form, as `block name(x) {`")
    message = f"`{stuck.came.text[:40]}` cannot stand at the top of a file"
    return Diagnostic("E0117", message, label), stuck.at


def _reserved(stuck: Stuck) -> Answer:
    return _no_name(stuck.came), stuck.at


def _no_name(word: Token) -> Diagnostic:
    label = Label(word.span, "it is a word of the language: choose another name")
    return Diagnostic("E0108", f"`{word.text}` cannot be a name", label)


def _anything(stuck: Stuck) -> tuple[Diagnostic, int]:
    came, before = stuck.came, stuck.back()
    expected = f"expected {words(stuck.could)}"
    if came.type == END:
        span = before.span if before else came.span
        return Diagnostic("E0101", "the text ends too early", Label(span, f"{expected} after it")), stuck.at
    message = f"`{came.text[:40]}` does not fit here"
    return Diagnostic("E0101", message, Label(came.span, expected)), stuck.at


def words(could: frozenset[str]) -> str:
    """What could have come, as a person says it."""
    rest, out = set(could), list[str]()
    for group, text in _GROUPS:
        if group <= rest:
            out += text
            rest -= group
    out += [_SHOWN[symbol] for symbol in sorted(rest) if symbol in _SHOWN]
    return out[0] if len(out) == 1 else ", ".join(out[:-1]) + " or " + out[-1] if out else "nothing more"


_GROUPS: tuple[tuple[frozenset[str], tuple[str, ...]], ...] = (
    (frozenset(("NAME", "INT", "NUMBER", "LPAR", "MINUS")), ("an expression",)),
    (frozenset(("NAME", "INT", "NUMBER", "LPAR")), ("a value",)),
    (frozenset(("NAME", "INT", "NUMBER")), ("a name or a number",)),
    (
        frozenset(("KIND", "RETURN", "NAME", "RBRACE")),
        (
            "the next entry",
            "`}`",
        ),
    ),
    (
        frozenset(("KIND", "USE", "DIM", "PARAM")),
        (
            "a form",
            "`use`",
            "`dim`",
            "`param`",
        ),
    ),
    (frozenset(("PLUS", "MINUS", "STAR", "SLASH")), ("an operator",)),
    (frozenset(("EVERY", "UNIT")), ("a period",)),
)
_SHOWN = {
    "NAME": "a name", "INT": "a number", "NUMBER": "a number with a point", "STRING": 'a path in `"`',
    "KIND": "a form", "UNIT": "a unit", "RETURN": "`return`", "EVERY": "`every`", "IN": "`in`",
    "COMMA": "`,`", "LPAR": "`(`", "RPAR": "`)`", "LSQB": "`[`", "RSQB": "`]`", "LBRACE": "`{`",
    "RBRACE": "`}`", "COLON": "`:`", "EQUAL": "`=`", "TO": "`|>`", "UPTO": "`..`", "DOT": "`.`",
}  # fmt: skip

_WANTS = frozenset(
    ("COLON", "EQUAL", "RETURN", "PLUS", "MINUS", "STAR", "SLASH", "TO", "COMMA", "LPAR", "IN")
)
_WORDS = frozenset(("USE", "DIM", "PARAM", "IN", "EVERY"))

# In the order of trust: the first row that fits speaks.
TABLE: tuple[Mistake, ...] = tuple(
    Mistake(frozenset(could.split()), frozenset(came.split()), say)
    for could, came, say in (
        ("", "SLASH", slips.comment),
        ("", "EVERY", slips.field_bound),
        ("EQUAL", "COLON", _colon_argument),
        ("", "EQUAL", slips.compared),
        ("INT LPAR", "STAR", slips.power),
        ("INT LPAR", "LSQB", slips.set_of_choices),
        ("INT LPAR", "LSQB", slips.listed),
        ("INT LPAR", "STRING", slips.quoted),
        ("EQUAL", "COLON INT NUMBER NAME", slips.binding),
        ("STRING", "NAME", slips.bare_path),
        ("LPAR", "", slips.bare_names),
        ("LSQB", "LPAR", slips.shape),
        ("", "COMMA", slips.comma),
        ("COMMA USE", "NAME", slips.next_dim),
        ("UNIT", "", _unit),
        ("", "COLON EQUAL", _no_value),
        ("", "DOT", _bare_point),
        ("INT LPAR", "", _no_operand),
        ("PLUS", "TO", _pipe_beside_sum),
        ("TO", "PLUS MINUS STAR SLASH", _pipe_beside_sum),
        ("", f"{END} RBRACE NAME RETURN KIND UNIT", _unclosed),
        ("", " ".join(OPENS.values()), _not_open),
        ("", "LBRACE", _nameless_form),
        ("KIND USE", "NAME", _stray_top),
        ("", "NAME LBRACE", _misspelt_kind),
        ("COLON EQUAL LPAR DOT", "", slips.begun),
        ("NAME", "USE DIM PARAM IN RETURN EVERY", _reserved),
    )
)
