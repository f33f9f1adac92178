"""Which names are replaced without asking: never one function of mathematics by another."""

from pathlib import Path

import pytest

from nlc.check import check
from nlc.cli.fixing import mend
from nlc.read import read, read_text
from nlc.report import Diagnostic, Report, SpecError

OPS = [
    "swiglu_",
    "sin",
    "cos",
    "tan",
    "atanh",
    "softmin",
    "l1norm",
    "log2",
    "exp2",
    "selu",
    "relu6",
    "lineer",
    "sigmoyd",
]
PARTS = {
    "optimizer": ("sgdm", "sdg", "adamax", "lion"),
    "objective": ("l1", "hubber", "dott"),
    "structure": ("mpl", "matrx"),
    "retention": ("kept",),
}
FIELDS = {
    "structure": "matrix(heads=1)",
    "objective": "l2",
    "optimizer": "sgd(lr=0.1)",
    "update": "every token",
}


def spec(body: str, result: str = "x", head: str = "") -> str:
    return f"nl 1\n{head}dim d = 64\n\nblock f(x: [T d]) {{\n{body}\n  return {result}\n}}\n"


def memory(name: str = "main", **fields: str) -> str:
    lines = [f"    {field}: {value}" for field, value in (FIELDS | fields).items()]
    return "\n".join([f"  memory {name}(x) {{", *lines, "  }"])


def told(text: str, name: str = "a.nl") -> list[Diagnostic]:
    try:
        return check(read_text(text, name)).report.sorted()
    except SpecError as wrong:
        return wrong.report.sorted()


@pytest.mark.parametrize("word", OPS)
def test_an_op_is_never_put_in_for_another(word: str):
    (found,) = told(spec(f"  y = {word}(x)", "y"))
    assert (found.code, found.fix) == ("E0404", None)


@pytest.mark.parametrize(("field", "word"), [(field, word) for field in PARTS for word in PARTS[field]])
def test_a_part_is_never_put_in_for_another(field: str, word: str):
    found = [each for each in told(spec(memory(**{field: word}), "main(x)")) if each.code == "E0401"]
    assert found and not any(each.fix for each in found)


def test_an_option_is_never_put_in_for_another():
    (found,) = told(spec(memory(structure="mlp(depth=2, activation=selu)"), "main(x)"))
    assert found.fix is None


CERTAIN = [
    (spec("  y = Sigmoid(x)", "y"), "sigmoid"),
    (spec("  y = swish(x)", "y"), "silu"),
    (spec(memory(optimizer="SGD(lr=0.1)"), "main(x)"), "sgd"),
    (spec(memory(objective="mse"), "main(x)"), "l2"),
    (spec(memory(optimizer="sgd(learning_rate=0.1)"), "main(x)"), "lr"),
    (spec(memory(), "mian(x)"), "main"),
    (spec("  gate = norm(x)", "gaet + x"), "gate"),
    (spec(memory(structure="matrix(heds=1)"), "main(x)"), "heads"),
]


@pytest.mark.parametrize(("text", "meant"), CERTAIN, ids=lambda text: text[-40:])
def test_what_is_certain_is_a_fix(text: str, meant: str):
    (fix,) = (found.fix for found in told(text) if found.code in ("E0401", "E0403", "E0404"))
    assert fix and fix.text == meant


def test_a_name_with_another_digit_is_another_name():
    (found,) = told(spec("  gate1 = norm(x)", "gate2 + gate1"))
    assert found.fix is None and found.notes == ("did you mean `gate1`?",)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.nl", spec("  y = swiglu(x)\n  z = swiglu(y)", "z")),
        ("a.nl", spec("  y = swiglu(x)", "attention(y)")),
        ("a.nl", spec("", "x |> repeat(swiglu, 2)")),
        ("a.nl", spec("  y = swiglu(x)", "y", 'use "std/swiglu.nl" (swiGLU)\n')),
        ("a.nl", spec("  y = SwiGLU(x)", "y", 'use "std/swiglu.nl" (swiglu)\n')),
        ("a.yaml", "nl: 1\ndim: {d: 64}\nblock:\n  f:\n    in: {x: T d}\n    body: [return swiglu(x)]\n"),
    ],
)
def test_a_block_of_std_is_brought_in(name: str, text: str, tmp_path: Path):
    path = tmp_path / name
    path.write_text(text)

    def look() -> Report:
        try:
            return check(read(path)).report
        except SpecError as wrong:
            return wrong.report

    report, done = mend(look, tmp_path)
    assert not report.errors and done
    assert path.read_text().count("std/swiglu.nl") == 1


def test_a_block_of_std_by_another_name_is_only_advised():
    (found,) = told(spec("", "attn(x)"))
    assert found.fix is None and "std/attention.nl" in found.notes[0]
