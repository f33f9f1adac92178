"""Which specs are checked: files, folders, standard input; and again when they change."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from functools import partial

import pytest

from nlc.cli.watch import Seen, changes

FINE = "nl 1\nblock b(x: [T 4]) {\n  return norm(x)\n}\n"
WRONG = "nl 1\nblock b(x: [T 4]) {\n  return y\n}\n"


@pytest.fixture
def nlc(nlc):
    return partial(nlc, "check")


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    (folder / "parts").mkdir(parents=True)
    (folder / ".git").mkdir()
    for name in ("b.nl", "a.nl", "parts/c.nl", ".git/x.nl", ".hidden.nl"):
        (folder / name).write_text(WRONG if "x" in name or "hidden" in name else FINE)
    (folder / "d.yaml").write_text("nl: 1\nblock:\n  b:\n    in: {x: T 4}\n    body: [return norm(x)]\n")
    (folder / "notes.md").write_text("no spec")
    return folder


def test_a_folder_stands_for_its_specs(nlc, project):
    code, out, _ = nlc("project", "--json")
    found = json.loads(out)
    assert (code, found["errors"]) == (0, 0)
    assert found["specs"] == ["project/a.nl", "project/b.nl", "project/d.yaml", "project/parts/c.nl"]
    (project / "parts" / "c.nl").write_text(WRONG)
    code, _, err = nlc("project")
    assert code == 1 and "project/parts/c.nl:3" in err and err.endswith("1 error\n")


def test_a_folder_is_the_root_of_its_specs(nlc, project):
    (project / "parts" / "c.nl").write_text('nl 1\nuse "../a.nl" (b)\n' + FINE[5:].replace("b(", "c("))
    assert "E0131" in nlc("project/parts/c.nl")[2]
    assert "E0131" not in nlc("project")[2]


def test_a_folder_without_specs_is_wrong_usage(nlc, tmp_path):
    (tmp_path / "empty").mkdir()
    code, _, err = nlc("empty")
    assert code == 2 and "no spec lies in `empty`" in err


def test_standard_input_is_a_spec(nlc, monkeypatch):
    for text, code in ((FINE, 0), (WRONG, 1), ("", 1), ("\xff", 1)):
        data = io.TextIOWrapper(io.BytesIO(text.encode("latin-1")))
        monkeypatch.setattr("sys.stdin", data)
        ended, _, err = nlc("-")
        assert ended == code and "<stdin>" in err


def test_changes_says_which_files_changed(tmp_path):
    a, b, gone = tmp_path / "a", tmp_path / "b", tmp_path / "gone"
    a.write_text("1")
    b.write_text("1")
    watched = {a, gone}
    todo = iter(
        [
            lambda: None,
            lambda: a.write_text("22"),
            lambda: watched.add(b),
            lambda: None,
            lambda: gone.write_text("back"),
            lambda: a.unlink(),
        ]
    )
    looks = 0

    def pause(_):
        nonlocal looks
        looks += 1
        next(todo)()

    found = changes(lambda: set(watched), Seen(), pause)
    assert next(found) == {a, gone} and looks == 0
    assert next(found) == {a} and looks == 2
    assert next(found) == {b} and looks == 3
    assert next(found) == {gone} and looks == 5
    assert next(found) == {a} and looks == 6


def test_a_change_during_the_check_is_seen(tmp_path):
    a = tmp_path / "a"
    a.write_text("1")
    found = changes(lambda: {a}, Seen(), lambda _: None)
    next(found)
    a.write_text("22")  # before the next look
    assert next(found) == {a}
    a.write_text("333")
    assert next(found) == {a}


def test_a_file_first_heard_of_is_compared_with_what_it_was_then(tmp_path):
    a, b = tmp_path / "a", tmp_path / "b"
    a.write_text("1")
    seen = Seen()
    found = changes(lambda: {a}, seen, lambda _: None)
    next(found)
    seen.add(b)  # looked for, and not there
    b.write_text("1")  # before the check was over
    assert next(found) == {b}


@pytest.mark.timeout(60)
def test_watch_checks_again_when_a_used_file_changes(tmp_path):
    """`use` follows: the file that is not there yet is waited for."""
    (tmp_path / "main.nl").write_text('nl 1\nuse "b.nl" (b)\nblock m(x: [T 4]) {\n  return b(x)\n}\n')
    env = {**os.environ, "PYTHONUNBUFFERED": "1"}
    watching = subprocess.Popen(
        [sys.executable, "-m", "nlc", "check", "main.nl", "--watch", "--json"],
        cwd=tmp_path,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:

        def answer():
            return json.loads(watching.stdout.readline())

        assert [found["code"] for found in answer()["diagnostics"]] == ["E0130"]
        (tmp_path / "new").write_text(FINE)
        (tmp_path / "new").replace(tmp_path / "b.nl")
        assert answer()["errors"] == 0
        (tmp_path / "b.nl").write_text(WRONG)
        assert answer()["errors"] == 1
        watching.send_signal(signal.SIGINT)
        out, err = watching.communicate(timeout=20)
        assert (watching.returncode, out, err) == (130, "", "")
    finally:
        watching.kill()
        watching.communicate()


@pytest.mark.timeout(60)
def test_watch_says_one_line_when_all_is_fine(tmp_path):
    (tmp_path / "a.nl").write_text(FINE)
    watching = subprocess.Popen(
        [sys.executable, "-m", "nlc", "check", "a.nl", "--watch"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert watching.stderr.readline().strip().endswith("a.nl: fine")
        time.sleep(0.1)
        watching.send_signal(signal.SIGINT)
        _, err = watching.communicate(timeout=20)
        assert watching.returncode == 130 and "\x1b" not in err
    finally:
        watching.kill()
        watching.communicate()


def test_watch_and_standard_input_do_not_go_together(nlc):
    assert nlc("-", "--watch")[0] == 2
    assert nlc("-", "--fix")[0] == 2
