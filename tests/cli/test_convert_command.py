"""`nlc convert` and `nlc fmt` as a shell sees them."""

import io
import json
import subprocess
import sys

import pytest

from nlc.lock import semantic_hash
from nlc.read import read

UGLY = "nl 1\n# size\ndim   d=4   # wide\nblock f(x: [T d]) { return   norm(x) }\n"


def test_there_and_back(nlc, tmp_path):
    (tmp_path / "a.nl").write_text(UGLY)
    assert nlc("convert", "a.nl", "a.yaml") == (0, "", "wrote a.yaml\n")
    assert semantic_hash(read("a.yaml")) == semantic_hash(read("a.nl"))
    assert "# size\ndim: {d: 4}  # wide\n" in (tmp_path / "a.yaml").read_text()
    assert nlc("convert", "a.yaml", "b.nl")[0] == 0
    code, out, _ = nlc("convert", "a.yaml", "--to", "nl")
    assert code == 0 and out == (tmp_path / "b.nl").read_text()
    assert nlc("convert", "a.nl")[1] == (tmp_path / "a.yaml").read_text()
    found = json.loads(nlc("convert", "a.yaml", "--json")[1])
    assert found == {"diagnostics": [], "from": "a.yaml", "to": None, "text": out}


def test_nothing_is_overwritten_unasked(nlc, tmp_path):
    (tmp_path / "a.nl").write_text(UGLY)
    (tmp_path / "b.yaml").write_text("mine")
    code, out, err = nlc("convert", "a.nl", "b.yaml")
    assert (code, out) == (2, "") and "--force" in err and (tmp_path / "b.yaml").read_text() == "mine"
    assert nlc("convert", "a.nl", "b.yaml", "--force")[0] == 0
    assert (tmp_path / "b.yaml").read_text().startswith("nl: 1\n")
    code, _, err = nlc("convert", "a.nl", "a.nl", "--force")
    assert code == 2 and "nlc fmt" in err and (tmp_path / "a.nl").read_text() == UGLY


@pytest.mark.parametrize(
    "words", [["a.nl", "b.txt"], ["a.nl", "--to", "xml"], ["a.nl", "b.nl", "--to", "yaml"], ["no.nl"]]
)
def test_wrong_usage(nlc, tmp_path, words):
    (tmp_path / "a.nl").write_text(UGLY)
    code, out, err = nlc("convert", *words)
    assert (code, out) == (2, "") and err


def test_a_wrong_spec_is_told_and_nothing_written(nlc, tmp_path):
    (tmp_path / "a.nl").write_text("nl 1\nblock f(x: [T 4] { return x }\n")
    code, out, err = nlc("convert", "a.nl", "a.yaml")
    assert (code, out) == (1, "") and "error[E01" in err and not (tmp_path / "a.yaml").exists()


def test_a_spec_that_uses_others_stays_beside_them(nlc, tmp_path):
    (tmp_path / "b.nl").write_text("nl 1\nblock g(x: [T 4]) { return norm(x) }\n")
    (tmp_path / "a.nl").write_text('nl 1\nuse "b.nl" (g)\nblock f(x: [T 4]) { return g(x) }\n')
    code, _, err = nlc("convert", "a.nl", "other/a.yaml")
    assert code == 2 and "`b.nl`" in err and not (tmp_path / "other").exists()
    assert nlc("convert", "a.nl", "a.yaml")[0] == 0
    assert nlc("check", "a.yaml")[0] == 0


def test_fmt_takes_folders(nlc, tmp_path):
    (tmp_path / "specs" / "inner").mkdir(parents=True)
    (tmp_path / "specs" / "inner" / "a.nl").write_text(UGLY)
    (tmp_path / "specs" / "b.nl").write_text("nl 1\n")
    code, _, err = nlc("fmt", "specs", "--check")
    assert code == 1 and err == "would format specs/inner/a.nl\n"
    assert nlc("fmt", "specs") == (0, "", "formatted specs/inner/a.nl\n")
    assert nlc("fmt", "specs", "--check") == (0, "", "")


def test_fmt_takes_standard_input(nlc, monkeypatch):
    class Input:
        buffer = io.BytesIO(UGLY.encode())

    monkeypatch.setattr(sys, "stdin", Input)
    assert nlc("fmt", "-") == (
        0,
        "nl 1\n# size\ndim d = 4  # wide\nblock f(x: [T d]) { return norm(x) }\n",
        "",
    )
    Input.buffer.seek(0)
    code, out, err = nlc("fmt", "-", "--diff")
    assert code == 1 and "+dim d = 4  # wide" in out and "would format <stdin>" in err
    Input.buffer = io.BytesIO(b"nl 1\nblock {")
    code, out, err = nlc("fmt", "-")
    assert (code, out) == (1, "") and "<stdin>:2" in err


def test_convert_loads_nothing_heavy(tmp_path):
    (tmp_path / "a.nl").write_text(UGLY)
    code = (
        "import sys; from nlc.cli.main import run\n"
        "try: run(['convert', 'a.nl', 'a.yaml'])\nexcept SystemExit as end: assert not end.code\n"
        "heavy = {'torch', 'sympy', 'jinja2', 'networkx'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
