"""What `show` and `plan` say of a spec: every value with its numbers, why a memory is slow."""

import json

import pytest

from nlc.cli import main

SPEC = """nl 1
block f(x: [T 4]) {
  memory m(x) { structure: matrix  objective: l2  optimizer: sgd(lr=0.1)  update: every token }
  return 0.5 * linear(x, 4) + m.read(x)
}
"""


@pytest.fixture
def nlc(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def call(spec, *words):
        (tmp_path / "s.nl").write_text(spec)
        with pytest.raises(SystemExit) as ended:
            main.run(list(words))
        out, err = capsys.readouterr()
        return ended.value.code or 0, out, " ".join(err.split())

    return call


def test_values_show_their_numbers(nlc):
    out = nlc(SPEC, "show", "s.nl")[1]
    assert "every every" not in out and ", every token, anchor every token" in out
    assert "number(value=0.5): ()" in out and "linear(out=4) %0: (4,)" in out


WHY = {
    "return x + m.read(x)": "never written",
    "m.write(x)\n  m.write(x + x)\n  return m.read(x)": "written 2 times",
    "y = m.read(x)\n  m.write(y)\n  return y": "its write needs its own answer",
}


@pytest.mark.parametrize("lines", WHY)
def test_a_slow_memory_says_the_true_reason(nlc, lines):
    spec = SPEC.replace("return 0.5 * linear(x, 4) + m.read(x)", lines)
    (row,) = json.loads(nlc(spec, "plan", "s.nl", "--json")[1])["memories"]
    assert WHY[lines] in row["slow"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("show s.nl --stage lower", "'lower' is not one of 'read', 'check', 'level', 'plan'"),
        ("train s.nl --steps 0", "it is at least 1"),
        ("train s.nl --steps many", "whole number"),
        ("init new --from nope", "'nope' is not one of"),
    ],
)
def test_a_wrong_value_is_told_in_plain_words(nlc, words, said):
    code, _, err = nlc(SPEC, *words.split())
    assert code == 2 and said in err and "Input should" not in err and "Value error" not in err
