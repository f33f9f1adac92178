"""`nlc compile` and the folder that it writes to, as a shell sees it."""

import json

import pytest

from nlc.cli.compile import why_no_import

SPEC = """nl 1
dim d = 8
param rate = 0.1 in log(1e-3, 1)

block layer(x: [T d]) {
  memory m(x) {
    structure: matrix
    objective: l2
    optimizer: sgd(lr=rate)
    update: every token
  }
  return x + m(x)
}
"""


@pytest.fixture
def nlc(nlc, tmp_path):
    (tmp_path / "a.nl").write_text(SPEC)
    return nlc


def test_an_edited_package_is_left_and_named(nlc, tmp_path):
    assert nlc("compile", "a.nl", "-o", "out")[0] == 0
    (tmp_path / "out" / "model.py").write_text("# mine\n")
    code, out, _ = nlc("plan", "a.nl", "-o", "out")
    assert code == 0 and "model.py      edited since nlc wrote it: stops compile" in out
    code, out, err = nlc("compile", "a.nl", "-o", "out")
    assert (code, out) == (2, "") and "model.py was edited" in err and "--force" in err
    code, out, err = nlc("compile", "a.nl", "-o", "out", "--json")
    error = json.loads(out)["error"]
    assert (code, err, error["kind"]) == (2, "", "usage")
    assert error["files"] == {"model.py": "was edited since nlc wrote it"}
    assert (tmp_path / "out" / "model.py").read_text() == "# mine\n"
    code, out, _ = nlc("compile", "a.nl", "-o", "out", "--force", "--json")
    assert code == 0 and json.loads(out)["files"]["model.py"] == "changed"


def test_what_changed_is_told_before_and_after(nlc):
    assert "nl.lock:" not in nlc("compile", "a.nl", "-o", "out")[1]
    told = "nl.lock: mathematics changed, schedule unchanged, settings changed"
    for command in ("plan", "compile"):
        assert told in nlc(command, "a.nl", "-o", "out", "--set", "rate=0.2")[1]
    told = "nl.lock: mathematics unchanged, schedule unchanged"
    assert told in nlc("compile", "a.nl", "-o", "out", "--set", "rate=0.2")[1]


def test_locked_ends_with_one_where_something_differs(nlc, tmp_path):
    code, _, err = nlc("compile", "a.nl", "-o", "out", "--locked")
    assert code == 2 and "no nl.lock" in err
    nlc("compile", "a.nl", "-o", "out")
    (tmp_path / "out" / "state.py").unlink()
    code, out, err = nlc("compile", "a.nl", "-o", "out", "--locked")
    assert code == 0 and "state.py" in out and (tmp_path / "out" / "state.py").exists()
    code, out, err = nlc("compile", "a.nl", "-o", "out", "--locked", "--set", "rate=0.2")
    assert (code, out) == (1, "") and "mathematics  was" in err and "settings     was none" in err
    code, out, err = nlc("compile", "a.nl", "-o", "out", "--locked", "--set", "rate=0.2", "--json")
    error = json.loads(out)["error"]
    assert (code, err, error["kind"]) == (1, "", "failed")
    assert [difference["what"] for difference in error["differences"]] == ["mathematics", "settings"]
    assert nlc("compile", "a.nl", "-o", "out", "--locked", "--force")[0] == 2


@pytest.mark.parametrize(
    ("name", "better"), [("my dir-1", "my_dir_1"), ("2nd", "_2nd"), ("class", "class_"), ("---", "package")]
)
def test_a_name_that_python_cannot_import_is_told(nlc, tmp_path, name, better):
    code, _, err = nlc("compile", "a.nl", "-o", f"deep/{name}")
    assert code == 0 and (tmp_path / "deep" / name / "model.py").exists()
    assert err.startswith("warning: Python cannot import") and f"`-o deep/{better}`" in err
    assert not why_no_import(tmp_path / "deep" / better)
    code, out, err = nlc("compile", "a.nl", "-o", f"deep/{name}", "--json")
    assert (code, err) == (0, "") and better in json.loads(out)["remarks"][0]


def test_locked_takes_the_settings_from_the_lock(nlc, tmp_path):
    assert nlc("compile", "a.nl", "-o", "out", "--set", "rate=0.2")[0] == 0
    (tmp_path / "out" / "model.py").unlink()
    assert nlc("compile", "a.nl", "-o", "out", "--locked")[0] == 0
    assert (tmp_path / "out" / "model.py").exists()
    code, _, err = nlc("compile", "a.nl", "-o", "out", "--locked", "--set", "rate=0.3")
    assert code == 1 and "settings" in err and "would be rate=0.3" in err


def test_stages_answer_as_json(nlc):
    for stage in ("read", "check", "level", "plan"):
        code, out, err = nlc("compile", "a.nl", "--stop-after", stage, "--json")
        found = json.loads(out)
        assert (code, err) == (0, "") and found["stage"] == stage and "layer" in found["text"]
        assert found["diagnostics"] == []
    assert json.loads(nlc("show", "a.nl", "--stage", "read", "--json")[1])["diagnostics"] == []


MODEL = """nl 1
dim vocab = 256, d = 8
model lm(ids: [T]) {
  objective: next_token
  optimizer: adamw(lr=1e-3)
  update: every step
  return embed(ids, d) |> norm |> unembed
}
"""


def test_a_run_knows_its_text_however_it_is_spelled(nlc, tmp_path):
    (tmp_path / "lm.nl").write_text(MODEL)
    (tmp_path / "text.txt").write_text("so it goes. " * 200)
    words = ["train", "lm.nl", "--batch", "1", "--length", "16", "--out", "run"]
    code, _, err = nlc(*words, "--steps", "1", "--data", "text.txt", "--resume")
    assert code == 2 and "no run to go on with" in err and not (tmp_path / "run").exists()
    assert nlc(*words, "--steps", "1", "--data", "text.txt")[0] == 0
    again = [*words, "--steps", "2", "--resume"]
    code, _, err = nlc(*again, "--data", str(tmp_path / "text.txt"))
    assert code == 0, err
    code, _, err = nlc(*again, "--data", "pydoc")
    assert code == 2 and "the text of" in err
    (tmp_path / "text.txt").write_text("so it went. " * 200)
    code, _, err = nlc(*again, "--data", "text.txt")
    assert code == 2 and "has changed" in err
