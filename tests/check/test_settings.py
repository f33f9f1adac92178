"""`--set name=value` on dims and params, and values that are parts, blocks and option words."""

from pathlib import Path

import pytest

import nlc
from nlc.check import check
from nlc.ir.system import System
from nlc.read import read, read_text
from nlc.report import Diagnostic, SpecError

EXAMPLES = Path(nlc.__file__).parents[1] / "examples"


def system(name: str, **settings: str) -> System:
    return check(read(EXAMPLES / f"{name}.nl"), settings)


def wrong(name: str, **settings: str) -> list[Diagnostic]:
    with pytest.raises(SpecError) as found:
        system(name, **settings)
    return found.value.report.sorted()


def test_dims_and_parts():
    made = system("hope", inner="dot", d="64", chunk="8 * 2", layers="3")
    memory = made.block("hope").memory("main")
    assert memory.objective.name == "dot"
    assert memory.width == 64
    assert memory.update.count == 16
    assert [v.attributes["count"] for v in made.outermost.values if v.op == "call"] == [3]


def test_settings_change_the_hash():
    assert system("hope", inner="dot").semantic_hash != system("hope").semantic_hash


@pytest.mark.parametrize(
    ("settings", "code", "fix"),
    [
        ({"inne": "dot"}, "E0404", "did you mean `inner`?"),
        ({"inner": "huber"}, "E0408", None),
        ({"d": "many"}, "E0407", None),
        ({"d": "0"}, "E0407", None),
        ({"fast": "2.0"}, "E0408", None),
        ({"chunk": "24"}, "E0408", None),
    ],
)
def test_wrong_settings(settings: dict[str, str], code: str, fix: str | None):
    (found,) = wrong("hope", **settings)
    assert found.code == code
    assert (found.fix.title if found.fix else None) == fix
    assert found.label.span.source.name == "--set"


@pytest.mark.parametrize(
    "text", ["", "(", "64 dim e = 3", "64\nblock f(x) { return x }", "every 2 tokens", "'"]
)
def test_a_setting_is_one_expression(text: str):
    assert all(found.code.startswith("E01") for found in wrong("hope", d=text))


def test_all_wrong_settings_are_said():
    codes = {found.code for found in wrong("hope", d="0", inner="huber", slw="3")}
    assert codes == {"E0404", "E0407", "E0408"}


WORDS = """nl 1
dim d = 64, layers = 2
param erase = layers in {layers, last, none}
param again = erase
block f(x: [T d]) {
  memory m(x) {
    structure: mlp(depth=layers)
    objective: l2
    optimizer: dgd(lr=0.1, erase=again)
    update: every 16 tokens
    init: learned
  }
  m.write(x)
  return m.read(x)
}
"""


@pytest.mark.parametrize("word", ["layers", "last", "none"])
def test_option_words(word: str):
    """A word stays a word, even where a dim has the same name."""
    (memory,) = check(read_text(WORDS), {"erase": word}).outermost.memories
    assert memory.optimizer.model_dump()["erase"] == word
    assert (memory.erase is None) == (word == "none")


RANGES = "nl 1\ndim d = 8\nparam n = 2 in 1..6\nblock f(x: [T d]) { return linear(x, n) }"


@pytest.mark.parametrize(
    ("value", "fine"), [("1", True), ("6", True), ("0", False), ("7", False), ("2.5", False)]
)
def test_ranges_hold_integers_and_their_ends(value: str, fine: bool):
    if fine:
        assert check(read_text(RANGES), {"n": value}).outermost.values[-1].shape == (int(value),)
    else:
        with pytest.raises(SpecError, match="E0408"):
            check(read_text(RANGES), {"n": value})
