"""The written shapes of inputs: tokens first, no batch, and sizes that are known."""

import pytest

from nlc.check import check
from nlc.fix import fixed
from nlc.read import read_text
from nlc.report import Diagnostic, SpecError

BATCH = "a batch axis is never written: `[T d]` is one sequence"
ORDER = "`T` comes first in a shape"
YAML = "nl: 1\ndim: {d: 64}\nblock:\n  f:\n    in: {x: SHAPE}\n    body: [return norm(x)]\n"
BLOCK = "nl 1\ndim d = 64\nblock f(x: SHAPE) { return norm(x) }\n"


def told(text: str, name: str = "a.nl") -> list[Diagnostic]:
    try:
        return check(read_text(text, name)).report.sorted()
    except SpecError as wrong:
        return wrong.report.sorted()


@pytest.mark.parametrize(
    ("text", "shape", "meant", "message", "name"),
    [
        (BLOCK, "[B T d]", "[T d]", BATCH, "a.nl"),
        (BLOCK, "[batch T]", "[T]", BATCH, "a.nl"),
        (BLOCK, "[d T]", "[T d]", ORDER, "a.nl"),
        (YAML, "B T d", "T d", BATCH, "a.yaml"),
    ],
)
def test_tokens_come_first(text: str, shape: str, meant: str, message: str, name: str):
    (found,) = told(text.replace("SHAPE", shape), name)
    assert (found.code, found.message) == ("E0301", message)
    assert found.fix
    assert fixed(found.fix.span.source, [found.fix])[0] == text.replace("SHAPE", meant)


def test_a_size_without_a_value_is_given_one():
    (found,) = told(BLOCK.replace("dim d = 64", "").replace("SHAPE", "[T d]"))
    assert found.message == "unknown size `d`" and found.notes == ("add `dim d = 64`",)


def test_an_unknown_size_is_shown_as_it_is_written():
    (found,) = told(BLOCK.replace("SHAPE", "[T h e]") + "block g(x: [T d]) { return f(x) }\n")
    assert found.message == "`x` of `f` takes `[T h e]`, not a vector of 64"


def test_an_op_is_no_method():
    (found,) = told("nl 1\ndim d = 64\nblock f(x: [T d]) {\n  return x.norm()\n}\n")
    assert found.label.text == "ops are called with their streams: write `norm(x)`"
