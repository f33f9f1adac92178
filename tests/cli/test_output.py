"""Where `-o` writes: never over a spec, in the form that the ending asks for."""

import json

import pytest

from nlc.cli import main

SPEC = "nl 1\nblock f(x: [T 4]) {\n  return linear(x)\n}\n"


@pytest.fixture
def nlc(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name in ("s.nl", "s.txt", "other.yaml"):
        (tmp_path / name).write_text(SPEC)
    (tmp_path / "link.svg").symlink_to(tmp_path / "s.nl")

    def call(*words):
        with pytest.raises(SystemExit) as ended:
            main.run(list(words))
        out, err = capsys.readouterr()
        return ended.value.code or 0, out, " ".join(err.split())

    return call


@pytest.mark.parametrize("command", ["graph s.nl", "trace s.nl", "schema"])
@pytest.mark.parametrize("target", ["s.nl", "other.yaml", "new.yml", "link.svg"])
def test_no_result_is_written_over_a_spec(nlc, tmp_path, command, target):
    before = {path.name: path.read_text() for path in tmp_path.iterdir()}
    code, out, err = nlc(*command.split(), "-o", target)
    assert (code, out) == (2, "") and f"`{target}`" in err and "name another file" in err
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == before


def test_what_is_read_is_safe_under_any_name(nlc, tmp_path):
    code, _, err = nlc("graph", "s.txt", "-o", "s.txt")
    assert code == 2 and "`s.txt` is what this command reads" in err
    assert (tmp_path / "s.txt").read_text() == SPEC


@pytest.mark.parametrize("command", ["graph s.nl", "trace s.nl", "schema"])
def test_a_folder_that_is_not_there_is_told(nlc, tmp_path, command):
    code, _, err = nlc(*command.split(), "-o", "nowhere/x.svg")
    assert code == 2 and "no folder `nowhere`" in err and not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("a.svg", "<svg"),
        ("a.dot", "digraph"),
        ("a.mmd", "%%"),
        ("a.json", "{"),
        ("a.txt", ""),
        ("a", ""),
    ],
)
def test_the_ending_says_how_to_draw(nlc, tmp_path, name, start):
    assert nlc("graph", "s.nl", "-o", name)[0] == 0
    text = (tmp_path / name).read_text()
    assert text.startswith(start)
    if not start:
        assert text == nlc("graph", "s.nl")[1]
    if name == "a.json":
        assert json.loads(text) == json.loads(nlc("graph", "s.nl", "--json")[1])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("graph s.nl -o t.png", "nothing here is written as .png: there is .svg"),
        ("graph s.nl -o t.svg --format dot", "`t.svg` is for svg, and dot was asked for"),
        ("graph s.nl -o t.svg --json", "`t.svg` is for svg, and json was asked for"),
        ("trace s.nl -o t.json", "nothing here is written as .json: there is .svg"),
    ],
)
def test_an_ending_that_says_something_else_is_refused(nlc, tmp_path, words, said):
    before = {path.name for path in tmp_path.iterdir()}
    code, out, err = nlc(*words.split())
    assert code == 2 and said in (err or json.loads(out)["error"]["message"])
    assert {path.name for path in tmp_path.iterdir()} == before


def test_a_terminal_is_given_no_orders(capsys, monkeypatch):
    from nlc.cli.output import put

    put("# \x1b[2Jcleared\a\n", None)
    assert capsys.readouterr().out == "# \x1b[2Jcleared\a\n", "a pipe gets what is there"
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    put("# \x1b[2Jcleared\a\n", None)
    assert capsys.readouterr().out == "# \ufffd[2Jcleared\ufffd\n"
