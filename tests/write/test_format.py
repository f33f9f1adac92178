"""Formatting changes nothing but the looks."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlc.read import parse, parse_yaml
from nlc.read.lexer import tokenize
from nlc.source import Source
from nlc.spec.file import KINDS
from nlc.write.expr import print_expr
from nlc.write.layout import format_yaml
from nlc.write.nl import format_nl, print_memory

CASES = sorted((Path(__file__).parents[1] / "read" / "cases").iterdir())
NL = [path.read_text(encoding="utf-8") for path in CASES if path.suffix == ".nl"]


def formatted(text: str) -> str:
    source = Source("a.nl", text)
    return format_nl(source, parse(source))


def comments(text: str) -> list[str]:
    return sorted(comment.text.lstrip("# ").rstrip() for comment in tokenize(Source("a", text)).comments)


def check(text: str) -> str:
    out = formatted(text)
    assert parse(Source("b.nl", out)) == parse(Source("a.nl", text))
    assert comments(out) == comments(text)
    assert formatted(out) == out
    assert all(line == line.rstrip() for line in out.split("\n"))
    return out


@pytest.mark.parametrize("text", NL)
def test_cases(text: str):
    check(text)


@pytest.mark.parametrize("name", ["transformer", "deltanet", "titans_mac", "cms"])
def test_the_style_of_the_examples_is_the_style(name: str):
    text = next(path for path in CASES if path.name == f"{name}.nl").read_text(encoding="utf-8")
    assert formatted(text) == text


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_spacing(data: st.DataObject):
    """Other white space and comments anywhere between two tokens: the same file, all comments kept."""
    text = data.draw(st.sampled_from(NL))
    source = Source("a.nl", text)
    out, at, before = "", 0, ""
    for token in tokenize(source).tokens:
        gap, kind = text[at : token.start], before in KINDS
        before = token.text
        if kind:  # a kind and its name stand on one line
            pass
        elif "\n" in gap or data.draw(st.integers(0, 20)) == 0:
            gap = data.draw(
                st.sampled_from([" ", "\n", "\n\n\n", " # a\n", "\n  # b\n", "\n#c\n\n # d\n", "\t"])
            )
        out, at = out + gap + text[token.start : token.end], token.end
    check(out + data.draw(st.sampled_from(["", "\n", "# end", "\n\n\n# end\n\n"])))


def test_comments_and_blank_lines(golden):
    golden(
        check(
            "# top\n\nnl 1 # version\n\n\ndim d = 3, # size\n  e=4\ndim f=1\n"
            "param lr=1e-3 in log(1e-4,1e-2)\n"
            "param window = 8 in 1..9 # how far\nblock f(x) { # opening\n  # inner\n\n  a=1 # one\n  # own\n"
            "  bcd= x+   # in the middle\n      y\n  m.write(x)\n\n\n  # last\n} # tail\n"
            "memory m[c in 1..3, key](x) { keys: x  values: x } # one line\n"
            "memory n(x) { keys: x  values: x }\n"
            "memory o(x) {\n update: every 8 tokens init: learned every 1 token\n # why\n"
            " scan: d tokens }\n# end\n"
        )
    )


@pytest.mark.parametrize(
    "text",
    ["a + b * c", "(a + b) * c", "a - (b - c)", "a / (b / c)", "-(a + b)", "-a * b", "a * -b", "x + (y |> f)",
     "(x + y) |> f", "(x |> f) |> g", "x |> (f |> g)", "f(x |> g, h=x |> i)", "m[r].read(x)", "(-a) |> f",
     "m[a + b](c)", "--a", "1e-8", "0.5", "x |> f(1, b=2) |> g"],
)  # fmt: skip
def test_parentheses(text: str):
    def value(text: str):
        return parse(Source("a", f"nl 1\nparam p = {text}\n")).params()[0].value

    assert value(print_expr(value(text))) == value(text)
    assert print_expr(value(print_expr(value(text)))) == print_expr(value(text))


def test_print_memory():
    form = parse(Source("a", "nl 1\nmemory m(x) { keys: linear(x)  update: every 1 tokens }")).forms()[0]
    assert print_memory(form) == "memory m(x) {\n  keys:   linear(x)\n  update: every 1 token\n}"


YAML = [path for path in CASES if path.suffix == ".yaml"]


@pytest.mark.parametrize("path", YAML, ids=lambda path: path.stem)
@pytest.mark.parametrize("indent", [2, 3, 5])
def test_yaml(path: Path, indent: int):
    text = path.read_text(encoding="utf-8")
    wild = re.sub(r"(?m)^( +)", lambda match: " " * (len(match[1]) // 2 * indent), text)
    wild = re.sub(r"(?m)^( *\w+):(?= |$)", r"\1:  ", wild) + "\n\n\n# end #\n"
    source = Source("a.yaml", wild)
    out = format_yaml(source)
    assert parse_yaml(Source("b.yaml", out)) == parse_yaml(source)
    assert format_yaml(Source("b.yaml", out)) == out
    assert out == text.rstrip("\n") + "\n\n# end #\n"


def test_yaml_comments(golden):
    text = (
        '# hi\nnl: 1   # v\n\n\n\ndim: {d:   1e-3, e: "f(a, b)"}\nblock:\n    f:\n        in: {x: }\n'
        "        # own\n        body:\n        - a = x # 'one\n        - b = x +\n            a\n"
        "        - |\n"
        "          return y\n            + 3\n"
    )
    golden(format_yaml(Source("a.yaml", text)))
