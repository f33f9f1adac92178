"""Whatever the text: a File or a SpecError, soon, and nothing else."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlc.read import parse_any
from nlc.report import SpecError
from nlc.source import Source
from nlc.spec.file import File

CASES = {
    path.name: path.read_text(encoding="utf-8")
    for path in sorted((Path(__file__).parent / "cases").iterdir())
}
PIECES = [
    "", "(", ")", "{", "}", "[", "]", ":", "=", " in ", "every", "return", "#", '"', "'", "\x00", "é", "|>",
    "\n",    "memory ", "- ", "&a ", "*a", "!!x ", "<<: ", "1e999", "..", ",", "+", "\t", "\r", "\ufeff", 
    "\ud800", "9" * 30,
]  # fmt: skip


def survives(name: str, text: str) -> None:
    try:
        assert isinstance(parse_any(Source(name, text)), File)
    except SpecError as error:
        assert error.report.errors
        assert error.report.json()
        assert "__" not in str(error) or "__" in text
        assert all(found.label.span.start <= len(text) for found in error.report.diagnostics)


@pytest.mark.parametrize("name", ["hope.nl", "titans_mac.yaml"])
def test_every_truncation(name: str):
    for end in range(len(CASES[name])):
        survives(name, CASES[name][:end])


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_random_edits(data: st.DataObject):
    name = data.draw(st.sampled_from(sorted(CASES)))
    text = CASES[name]
    for _ in range(data.draw(st.integers(1, 4))):
        at, cut = data.draw(st.integers(0, len(text))), data.draw(st.integers(0, 5))
        text = text[:at] + data.draw(st.sampled_from(PIECES)) + text[at + cut :]
    survives(name, text)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.sampled_from(["a.nl", "a.yaml"]))
def test_any_text(text: str, name: str):
    survives(name, text)
    survives(name, "nl 1\nblock f(x) {" + text)


BOMBS = {
    "aliases.yaml": "a: &a [x, x]\n" + "".join(f"b{i}: &b{i} [*a, *a]\n" for i in range(50)),
    "merges.yaml": "a: {<<: {<<: {<<: {b: c}}}}",
    "tag.yaml": "nl: !!python/object/apply:os.system [true]",
    "flow.yaml": "[" * 100_000,
    "maps.yaml": "{a: " * 100_000,
    "block.yaml": "".join(" " * i + "a:\n" for i in range(300)),
    "dashes.yaml": "- " * 5_000,
    "nodes.yaml": "a: [" + "x, " * 100_000 + "]",
    "keys.yaml": "".join(f"k{i}: x\n" for i in range(40_000)),
    "scalar.yaml": "a: " + "x" * 500_000,
    "digits.yaml": "nl: 1\ndim: {d: " + "9" * 9_000 + "}",
    "docs.yaml": "---\na: b\n" * 1000,
    "huge.nl": "#" * (2**20 + 1),
    "huge.yaml": "#" * (2**20 + 1),
    "parens.nl": "nl 1\nblock f(x) { return " + "(" * 200_000,
    "minus.nl": "nl 1\nblock f(x) { return " + "-" * 200_000 + "x }",
    "sum.nl": "nl 1\nblock f(x) { return " + "x + " * 200_000 + "x }",
    "forms.nl": "nl 1\n" + "block f(x) { " * 50_000,
    "braces.nl": "nl 1\n" + "}" * 200_000,
    "calls.nl": "nl 1\nblock f(x) { return " + "f(" * 100_000,
    "digits.nl": "nl 1\ndim d = " + "9" * 500_000,
    "strays.nl": "nl 1\n" + "é$" * 100_000,
    "digit_version.nl": "nl " + "9" * 500_000,
}


@pytest.mark.alone
@pytest.mark.parametrize("name", sorted(BOMBS))
def test_bombs_are_refused_quickly(name: str):
    start = time.process_time()
    with pytest.raises(SpecError):
        parse_any(Source(name, BOMBS[name]))
    # The largest, 800 kB, takes 1.4 s to 2.2 s by the machine's mood; anything quadratic would take minutes.
    assert time.process_time() - start < 4


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
sys.path.insert(0, sys.argv[1])
from test_hostile import BOMBS, survives
for name, text in BOMBS.items():
    survives(name, text)
"""


def test_bombs_fit_into_little_memory():
    command = [sys.executable, "-c", LIMITED, str(Path(__file__).parent)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-500:]


def test_all_mistakes_at_once():
    text = "nl 1\nblock f(x) {\n  a = \n  z = x\n  every = 3\n  b = x + y |> f\n  c = g(d: 2)\n}\nd = 3\n"
    with pytest.raises(SpecError) as caught:
        parse_any(Source("a.nl", text))
    assert [found.code for found in caught.value.report.sorted()] == [
        "E0104",
        "E0108",
        "E0105",
        "E0102",
        "E0117",
    ]
