"""Habits of other languages, and small slips whose cure is plain: each is a row of the table of mistakes."""

from __future__ import annotations

from nlc.read.fields import bound_field
from nlc.read.lexer import Token
from nlc.read.parser import OPENS, Stuck
from nlc.report import Diagnostic, Fix, Label
from nlc.source import Span

Answer = tuple[Diagnostic, int] | None

REPEAT = "repetition is a family, `memory m[r in a, b]`, or `repeat(block, 12)`"
CHOICE = "a choice is a `param`; a gate is a product, as `sigmoid(g) * x`"
WORDS = {
    "import": 'write `use "file.nl" (name)`',
    "from": 'write `use "file.nl" (name)`',
    "def": "write `block name(x: [T d]) { … }`",
    "class": "write `block name(x: [T d]) { … }`",
    "lambda": "write `block name(x: [T d]) { … }`",
    "for": REPEAT,
    "while": REPEAT,
}
"""What Python's words are here; the others are about choices."""


def foreign(word: str) -> str:
    """What to write instead of a word of Python."""
    return WORDS.get(word, CHOICE)


def power(stuck: Stuck) -> Answer:
    before = stuck.back()
    if before is None or before.type != "STAR" or before.end != stuck.came.start:
        return None
    label = Label(before.span.to(stuck.came.span), "write a product, as `x * x`")
    return Diagnostic("E0101", "the language has no power", label), stuck.at


def compared(stuck: Stuck) -> Answer:
    after = _after(stuck)
    if after is None or after.type != "EQUAL" or after.start != stuck.came.end:
        return None
    label = Label(stuck.came.span.to(after.span), CHOICE)
    return Diagnostic("E0101", "nothing is compared in a spec", label), stuck.at + 1


def comment(stuck: Stuck) -> Answer:
    """`// a comment`"""
    before, after = stuck.back(), _after(stuck)
    pair = next(
        (
            (one, other)
            for one, other in ((before, stuck.came), (stuck.came, after))
            if one and other and one.type == other.type == "SLASH" and one.end == other.start
        ),
        None,
    )
    if pair is None:
        return None
    span = pair[0].span.to(pair[1].span)
    fix = Fix("write `#`", span, "#") if pair[0].first else None
    label = "write `#`" if pair[0].first else "write `#`; a quotient is one `/`"
    return Diagnostic("E0101", "a comment begins with `#`", Label(span, label), fix=fix), stuck.at


def field_bound(stuck: Stuck) -> Answer:
    """`update = every token`"""
    index = stuck.at
    while index and not stuck.tokens[index].first:
        index -= 1
    name, sign = stuck.tokens[index], stuck.tokens[min(index + 1, stuck.at)]
    if name.type != "NAME" or sign.type != "EQUAL":
        return None
    return bound_field(name.text, name.end, sign.span), stuck.at


def begun(stuck: Stuck) -> Answer:
    """A name where an entry begins, and then something else: what stands before it is finished already."""
    name, before = stuck.back(), stuck.back(2)
    if name is None or name.type != "NAME" or stuck.came.type in ("COLON", "EQUAL"):
        return None
    if name.first:
        if found := _added(stuck, name) or _unreturned(stuck, name):
            return found, stuck.at
        label = Label(name.span, f"write `y = {name.text}(x)`, `{name.text}: …` or `{name.text}.write(x)`")
        return Diagnostic("E0101", f"`{name.text[:40]}` is begun and not finished", label), stuck.at
    if before is None or before.type not in ("INT", "NUMBER", "NAME", "RPAR", "RSQB"):
        return None
    label = Label(name.span, "put an operator before it, as `*`, or begin a new line")
    return Diagnostic("E0101", f"`{name.text[:40]}` does not fit behind a value", label), stuck.at


def _added(stuck: Stuck, name: Token) -> Diagnostic | None:
    """`a += f`"""
    came, after = stuck.came, _after(stuck)
    if came.type not in ("PLUS", "MINUS", "STAR", "SLASH") or after is None or after.type != "EQUAL":
        return None
    label = f"a name is bound once: write `{name.text}2 = {name.text} {came.text} …`"
    return Diagnostic("E0101", f"the language has no `{came.text}=`", Label(came.span.to(after.span), label))


def _unreturned(stuck: Stuck, name: Token) -> Diagnostic | None:
    """An expression as the last line of a block."""
    rest = stuck.tokens[stuck.at :]
    end = next((token for token in rest if token.first or token.type == "RBRACE"), None)
    if end is None or end.type != "RBRACE":
        return None
    shown = stuck.source.text[name.start : end.start].split("\n")[0].strip()
    fix = Fix(f"write `return {shown[:40]}`", Span(stuck.source, name.start, name.start), "return ")
    label = Label(name.span, "the last line says what comes out: `return …`")
    return Diagnostic("E0101", "this value goes nowhere", label, fix=fix)


def bare_path(stuck: Stuck) -> Answer:
    """`use std/cms.nl (cms)`"""
    start, text = stuck.came.start, stuck.source.text
    end = start
    while end < len(text) and text[end] not in " \t\r\n(":
        end += 1
    span = Span(stuck.source, start, end)
    fix = Fix(f'write `"{span.text}"`', span, f'"{span.text}"') if end > start else None
    label = Label(span, "the file that is used")
    return Diagnostic("E0101", "a path stands in quotes", label, fix=fix), stuck.at


def bare_names(stuck: Stuck) -> Answer:
    """`use "std/cms.nl" cms`, or nothing behind the path."""
    path = stuck.back()
    if path is None or path.type != "STRING":
        return None
    message, came = "`use` says which blocks it brings in", stuck.came
    if came.type == "NAME" and not came.first:
        fix = Fix(f"write `({came.text})`", came.span, f"({came.text})")
        return Diagnostic("E0101", message, Label(came.span, "names stand in `(…)`"), fix=fix), stuck.at
    return Diagnostic("E0101", message, Label(path.span, "write `(name, name)` behind it")), stuck.at


def binding(stuck: Stuck) -> Answer:
    """`dim d: 8` and `dim d 8`"""
    name, came = stuck.back(), stuck.came
    if name is None or not any(held.symbol in ("DIM", "PARAM") for held in stuck.held[-3:]):
        return None
    label = Label(came.span, "a value is bound with `=`")
    if came.type == "COLON":
        fix = Fix(f"write `{name.text} = …`", Span(stuck.source, name.end, came.end), " =")
    else:
        fix = Fix(f"write `{name.text} = {came.text}`", Span(stuck.source, name.end, came.start), " = ")
    return Diagnostic("E0101", f"`{name.text[:40]}` has no `=`", label, fix=fix), stuck.at


def next_dim(stuck: Stuck) -> Answer:
    """`dim a = 1 b = 2`"""
    before, after = stuck.back(), _after(stuck)
    if before is None or after is None or stuck.came.first or after.type != "EQUAL":
        return None
    fix = Fix("add a `,`", Span(stuck.source, before.end, before.end), ",")
    label = Label(stuck.came.span, "between sizes stands a `,`")
    return Diagnostic("E0101", f"`{stuck.came.text[:40]}` does not fit here", label, fix=fix), stuck.at


def set_of_choices(stuck: Stuck) -> Answer:
    """`in [16, 32]`"""
    before = stuck.back()
    if before is None or before.type != "IN":
        return None
    label = Label(stuck.came.span, "a set of choices stands in `{…}`")
    return Diagnostic("E0118", "this is no domain", label, fix=_other_brackets(stuck, "{", "}")), stuck.at


def shape(stuck: Stuck) -> Answer:
    """`x: (T d)`"""
    before = stuck.back()
    if before is None or before.type != "COLON":
        return None
    label = Label(stuck.came.span, "write `[T d]`, or nothing")
    fix = _other_brackets(stuck, "[", "]")
    return Diagnostic("E0101", "a shape stands in `[…]`", label, fix=fix), stuck.at


def comma(stuck: Stuck) -> Answer:
    """`[T, d]`, and a `,` at the end of an entry."""
    bracket, after, span = stuck.open(), _after(stuck), stuck.came.span
    if bracket is not None and bracket.type == "LPAR" and (found := _pair(stuck, bracket)):
        return found, stuck.at
    fix = Fix("take it out", span, "")
    if bracket is not None and bracket.type == "LSQB" and {"NAME", "RSQB"} <= stuck.could:
        label = Label(span, "sizes stand side by side, as in `[T d]`")
    elif after is not None and (after.first or after.type == "RBRACE"):
        label = Label(span, "an entry ends with its line")
    else:
        return None
    return Diagnostic("E0101", "this `,` is one too many", label, fix=fix), stuck.at


def _pair(stuck: Stuck, bracket: Token) -> Diagnostic | None:
    """`betas=(0.9, 0.95)`"""
    at = next(index for index, token in enumerate(stuck.tokens) if token is bracket)
    if at < 2 or stuck.tokens[at - 1].type != "EQUAL" or stuck.tokens[at - 2].first:
        return None
    name, inner = stuck.tokens[at - 2], stuck.tokens[at + 1 : at + 5]
    fix, label = None, "an argument is one value"
    kinds = [token.type.replace("INT", "NUMBER") for token in inner]
    if name.text == "betas" and kinds == ["NUMBER", "COMMA", "NUMBER", "RPAR"]:
        text = f"beta1={inner[0].text}, beta2={inner[2].text}"
        label = "each has a name of its own"
        fix = Fix(f"write `{text}`", name.span.to(inner[3].span), text)
    return Diagnostic("E0101", "a list is no value", Label(bracket.span, label), fix=fix)


def quoted(stuck: Stuck) -> Answer:
    """`objective: "l2"`"""
    text = stuck.came.text.strip('"')
    plain = text.replace("_", "").isalnum() and "USE" not in stuck.could
    fix = Fix(f"write `{text}`", stuck.came.span, text) if plain else None
    label = Label(stuck.came.span, "quotes are for paths")
    return Diagnostic("E0101", "names stand without quotes", label, fix=fix), stuck.at


def listed(stuck: Stuck) -> Answer:
    """`norm([x])`"""
    before = stuck.back()
    if before is None or before.type == "IN":
        return None
    label = Label(stuck.came.span, "`[…]` holds the sizes of a shape or the labels of a family")
    return Diagnostic("E0101", "a list is no value", label), stuck.at


def _after(stuck: Stuck) -> Token | None:
    return stuck.tokens[stuck.at + 1] if stuck.at + 1 < len(stuck.tokens) else None


def _other_brackets(stuck: Stuck, opens: str, closes: str) -> Fix | None:
    """The same with brackets of another kind, if they are closed on this line."""
    came, depth = stuck.came, 0
    for token in stuck.tokens[stuck.at :]:
        if token.first and token is not came:
            return None
        depth += (token.type in OPENS) - (token.type in OPENS.values())
        if depth == 0:
            inner = stuck.source.text[came.end : token.start]
            span = came.span.to(token.span)
            return Fix(f"write `{opens}{inner}{closes}`", span, f"{opens}{inner}{closes}")
    return None
