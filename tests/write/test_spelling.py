"""Both spellings say the same, comments included: nothing is lost on the way there and back."""

import random
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlc.lock import normal, schedule_hash, semantic_hash
from nlc.read import parse, parse_any, parse_yaml
from nlc.read.lexer import tokenize
from nlc.read.remarks import remarks
from nlc.report import SpecError
from nlc.source import Source
from nlc.spec.file import KINDS
from nlc.write.layout import format_yaml
from nlc.write.nl import format_nl, write_nl
from nlc.write.yaml import write_yaml

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.nl")) + sorted((ROOT / "grammar" / "std").glob("*.nl"))
CURED = [
    pytest.param(text, id=page.stem)
    for page in sorted((ROOT / "grammar" / "errors").glob("*.md"))
    for text in re.findall(r"^## Cured\n+```nl\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S)
]
NL = [path.read_text(encoding="utf-8") for path in EXAMPLES] + [
    path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests" / "read" / "cases").glob("*.nl"))
]
YAML = [
    path.read_text(encoding="utf-8")
    for folder in ("examples", "tests/read/cases")
    for path in sorted((ROOT / folder).glob("*.yaml"))
]


SEEDS = st.integers(0, 2**32)


def to_yaml(text: str) -> str:
    source = Source("a.nl", text)
    file = parse(source)
    return write_yaml(file, remarks(source, file))


def to_nl(text: str) -> str:
    source = Source("a.yaml", text)
    file = parse_yaml(source)
    return write_nl(file, remarks(source, file))


def fmt(text: str) -> str:
    source = Source("a.nl", text)
    return format_nl(source, parse(source))


def comments(text: str) -> Counter[str]:
    return Counter(token.text.lstrip("# ").rstrip() for token in tokenize(Source("a", text)).comments)


def same(text: str, again: str, name: str = "a.yaml") -> None:
    before, after = parse(Source("a.nl", text)), parse_any(Source(name, again))
    assert normal(before) == normal(after)
    assert semantic_hash(before) == semantic_hash(after)
    assert schedule_hash(before) == schedule_hash(after)


def check(text: str) -> str:
    """There and back: one meaning, all comments, and from then on the same text for ever."""
    yaml = to_yaml(text)
    same(text, yaml)
    once = to_nl(yaml)
    same(text, once, "a.nl")
    assert comments(once) == comments(text)
    assert fmt(once) == once
    assert to_nl(to_yaml(once)) == once
    assert format_yaml(Source("a.yaml", yaml)) == yaml
    return once


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_come_back_as_they_were(path: Path):
    text = path.read_text(encoding="utf-8")
    once = check(text)
    assert words(once) == words(text)  # lines may move: YAML has memories before equations


def words(text: str) -> Counter[str]:
    """All that stands there but commas, which come and go where long lines are broken."""
    found = tokenize(Source("a.nl", text))
    return Counter(token.text for token in (*found.tokens, *found.comments) if token.text != ",")


@pytest.mark.parametrize("text", CURED)
def test_cured_specs(text: str):
    check(text)


@pytest.mark.parametrize("text", YAML)
def test_yaml_comes_back_as_it_was(text: str):
    assert to_yaml(to_nl(text)).split() == text.split()  # but for long lines, which are broken


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(NL), SEEDS)
def test_comments_anywhere(text: str, seed: int):
    """Between any two tokens, and inside of broken expressions too."""
    dice = random.Random(seed)
    out, at, before = "", 0, ""
    for count, token in enumerate(tokenize(Source("a.nl", text)).tokens):
        gap = text[at : token.start]
        if before not in KINDS and dice.random() < 0.15:
            gap = dice.choice([f" # a{count}\n", f"\n  # b{count}\n", f"\n#c{count}\n\n # d\n", "\n\n"])
        before, at = token.text, token.end
        out += gap + token.text
    check(out + dice.choice(["", "\n", "# end", "\n\n\n# end\n\n"]))


BROKEN = r"[)|*/+].*|.*[(,]|- return lr"
"""Lines within an expression that is broken over several."""


def strewn(text: str, dice: random.Random, free: str = "-") -> str:
    """Comments above lines and behind them, but for those that are `free` of comments behind them."""
    lines: list[str] = []
    depth = 0
    for number, line in enumerate(text.splitlines()):
        code = line.partition("#")[0]
        inside, depth = depth > 0, depth + code.count("(") - code.count(")")
        indent = line[: len(line) - len(line.lstrip())]
        whole = line.strip() and line.strip()[0] not in BROKEN.partition("]")[0] and not inside
        if whole and dice.random() < 0.2:
            lines.append(f"{indent}# above {number}")
        bare = line.strip() and "#" not in line and not inside
        beside = bare and not re.fullmatch(f"{free}|{BROKEN}", line.strip())
        lines.append(f"{line}  # beside {number}" if beside and dice.random() < 0.2 else line)
    return "\n".join(lines) + "\n"


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(NL), SEEDS)
def test_comments_come_back_to_their_places(text: str, seed: int):
    once = fmt(strewn(to_nl(to_yaml(text)), random.Random(seed), r"\}"))
    assert to_nl(to_yaml(once)) == once


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(YAML), SEEDS)
def test_comments_of_yaml_come_back(text: str, seed: int):
    """Those at keys that `.nl` has not (`block:`, `body:`) go to what is below them."""
    text, dice = to_yaml(to_nl(text)), random.Random(seed)
    yaml = strewn(text, dice)
    nl = to_nl(yaml)
    assert comments(nl) == comments(yaml)
    once = to_yaml(nl)
    assert comments(once) == comments(yaml)
    assert to_yaml(to_nl(once)) == once
    again = strewn(text, dice, r"(\w+|\"?[\w/.]+\"?):|(in|for|with|nl):.*")
    again = "\n".join(_below(again.splitlines())) + "\n"
    assert to_yaml(to_nl(again)) == again


def _below(lines: list[str]):
    """Without the comments above keys that `.nl` has not, and above what cannot have any."""
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        if not (
            "# above" in line
            and re.fullmatch(r" *(block|model|memory|optimizer|schedule|body|param|in|for|with):.*", below)
        ):
            yield line


def test_comments_inside_of_yaml_texts():
    text = (
        "nl: 1\n\nblock:\n  f:\n    in: {x: }\n    body:\n      - |\n        return x # one\n          + 2\n"
    )
    assert to_nl(text) == "nl 1\n\nblock f(x) {\n  # one\n  return x + 2\n}\n"
    text = "nl: 1\nblock:\n  f:\n    in: {x: T d}\n    keys: 'x # two'\n"
    assert "  # two\n  keys: x\n" in to_nl(text)


def test_what_yaml_has_no_characters_for():
    text = to_yaml("nl 1\n# a\x07b\u2028c\ndim d = 4\n")
    assert "# a b c\n" in text
    parse_yaml(Source("a.yaml", text))


@pytest.mark.parametrize(
    "text",
    [
        'use "std/cms.nl" (cms)\nuse "std/cms.nl" (cms)',
        "dim d = 1, d = 2",
        "block f(x) { return x }\nblock f(x) { return x }",
        "block f(x) { keys: x  keys: x }",
        "block f(x) { body: x }",
        "block f(x) { memory: x  memory m(x) { } }",
    ],
)
def test_what_yaml_cannot_say_is_refused(text: str):
    with pytest.raises(SpecError, match="E0140"):
        to_yaml(f"nl 1\n{text}\n")


def test_small_things_have_a_spelling():
    check("nl 1\nblock f(x: [], y) { }\nschedule torch { f.m: tile(tokens=32) }\n# end\n")
    check('nl 1\nuse "a b, c#d.nl" (x, y)\nuse "e.nl" (z)\nparam p = -1 in {-1, f(a, b=2)}\n')
