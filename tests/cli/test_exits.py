"""Every command in the same form: exit codes, errors as text and as JSON, quiet ends."""

import json
import os
import subprocess
import sys

import pytest
import typer

from nlc.cli import main

GOOD = "examples/deltanet.nl"
CALLS = {
    "check": ["SPEC"],
    "fmt": ["--check", "SPEC"],
    "convert": ["SPEC"],
    "diff": ["SPEC", GOOD],
    "graph": ["SPEC"],
    "init": ["RUN", "--from", "nothing"],
    "plan": ["SPEC"],
    "compile": ["SPEC", "-o", "OUT"],
    "kernels": ["SPEC"],
    "show": ["SPEC"],
    "train": ["SPEC", "--steps", "1", "--batch", "1", "--length", "16", "--out", "OUT"],
    "demo": ["SPEC", "--steps", "1", "--batch", "1", "--length", "16", "--out", "OUT"],
    "explain": ["SPEC"],
    "parts": ["--parts", "RUN"],
    "schema": ["--parts", "RUN"],
    "sample": ["RUN"],
    "import": ["RUN", "-o", "OUT"],
    "doctor": [],
    "sweep": ["SPEC", "--param", "d=64,128", "--dry-run"],
    "trace": ["SPEC", "--tokens", "2"],
}
"""A plain call of each command; SPEC, OUT and RUN stand for paths."""

READS = [name for name, words in CALLS.items() if "SPEC" in words]
LIGHT = [name for name in READS if name not in ("train", "demo", "kernels")]


def names() -> list[str]:
    return list(typer.main.get_command(main.app).commands)


@pytest.fixture
def nlc(nlc, monkeypatch, request, tmp_path):
    monkeypatch.chdir(request.config.rootpath)
    monkeypatch.delenv("FORCE_COLOR", raising=False)

    def call(name, *options, spec=GOOD):
        stand_for = {"SPEC": spec, "OUT": tmp_path / "out", "RUN": tmp_path / "no_run"}
        words = [name, *(str(stand_for.get(word, word)) for word in CALLS[name]), *options]
        return nlc(*words)

    return call


@pytest.fixture
def wrong(tmp_path):
    path = tmp_path / "wrong.nl"
    # `fmt` finds it too: a period without a unit is wrong as soon as it is read.
    path.write_text("nl 1\n\nblock b(x: [T 4]) {\n  memory m(x) { update: every 64 }\n  return m(x)\n}\n")
    return path


def test_the_table_has_every_command():
    assert sorted(CALLS) == sorted(names())


@pytest.mark.parametrize("name", CALLS)
def test_every_command_knows_json(name):
    command = typer.main.get_command(main.app).commands[name]
    assert any("--json" in parameter.opts for parameter in command.params)
    assert command.help and command.help[0].isupper() and command.help.endswith(".")


@pytest.mark.parametrize("name", LIGHT)
def test_fine_is_zero(nlc, name):
    code, out, err = nlc(name)
    assert code == 0
    assert "\x1b" not in out + err


@pytest.mark.parametrize("name", LIGHT)
def test_fine_as_json_is_one_object_with_its_diagnostics(nlc, name):
    code, out, err = nlc(name, "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["diagnostics"] == []


@pytest.mark.parametrize("name", READS)
def test_a_wrong_spec_is_one(nlc, wrong, name):
    code, out, err = nlc(name, spec=wrong)
    assert (code, out) == (1, "")
    assert "error[E0204]" in err and "wrong.nl:4" in err
    code, out, err = nlc(name, "--json", spec=wrong)
    assert (code, err) == (1, "")
    (found,) = json.loads(out)["diagnostics"]
    assert {"code", "severity", "message", "file", "line", "column", "fix"} <= found.keys()


@pytest.mark.parametrize("name", CALLS)
def test_wrong_usage_is_two(nlc, name):
    for option, spec in (("--no-such-option", GOOD), (None, "nowhere.nl")):
        options = [option] if option else []
        if not option and not CALLS[name]:
            continue  # it takes no file
        code, out, err = nlc(name, *options, spec=spec)
        assert (code, out) == (2, "") and err and "Traceback" not in err
        code, out, err = nlc(name, *options, "--json", spec=spec)
        assert (code, err) == (2, "")
        error = json.loads(out)["error"]
        assert error["kind"] == "usage" and error["message"]


@pytest.mark.parametrize("name", READS)
def test_a_bug_is_three(nlc, name, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("inner workings")

    monkeypatch.setattr("nlc.read.read", broken)
    monkeypatch.setattr("nlc.read.uses.load", broken)
    code, out, err = nlc(name)
    assert (code, out) == (3, "") and err.startswith("this is a bug in nlc") and "Traceback" not in err
    code, out, err = nlc(name, "--json")
    assert (code, err, json.loads(out)["error"]["kind"]) == (3, "", "bug")


@pytest.mark.parametrize("name", READS)
def test_an_interrupt_is_130(nlc, name, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("nlc.read.read", interrupted)
    monkeypatch.setattr("nlc.read.uses.load", interrupted)
    assert nlc(name)[0] == 130
    code, out, _ = nlc(name, "--json")
    assert (code, json.loads(out)["error"]["kind"]) == (130, "interrupted")


SHELL = 'set -o pipefail; "$PY" -m nlc {} {} true; echo "${{PIPESTATUS[0]}}"'


@pytest.mark.parametrize(
    ("words", "pipe", "code"),
    [
        (f"graph {GOOD}", "|", 0),
        (f"graph {GOOD} --format svg", "|", 0),
        (f"plan {GOOD} --json", "|", 0),
        ("--help", "|", 0),
        (f"check {GOOD} WRONG", "2>&1 |", 1),
        (f"check {GOOD} WRONG --json", "|", 1),
        ("check", "2>&1 |", 2),
    ],
)
def test_a_reader_that_goes_away_is_no_error(request, wrong, words, pipe, code):
    done = subprocess.run(
        ["bash", "-c", SHELL.format(words.replace("WRONG", str(wrong)), pipe)],
        cwd=request.config.rootpath,
        env={**os.environ, "PY": sys.executable},
        capture_output=True,
        text=True,
    )
    assert (done.stdout.strip(), done.stderr) == (str(code), "")
