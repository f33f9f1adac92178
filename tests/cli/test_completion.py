"""What the shell is told when somebody presses tab."""

import os
import subprocess
import sys

import pytest

SPEC = "examples/hope.nl"


def nlc(root, *words, **variables):
    done = subprocess.run(
        [sys.executable, "-m", "nlc", *words],
        cwd=root,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_names_the_program(request, shell):
    """`--show-completion` takes the shell's name where it is told not to look for itself."""
    code, out, err = nlc(
        request.config.rootpath, "--show-completion", shell, _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1"
    )
    assert (code, err) == (0, "")
    assert "_NLC_COMPLETE" in out and "nlc" in out


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("nlc com", {"compile"}),
        ("nlc graph --format m", {"mermaid"}),
        ("nlc parts ret", {"retention"}),
        ("nlc explain hub", {"huber"}),
        ("nlc explain E0204", {"E0204"}),
        (f"nlc plan {SPEC} --set ch", {"chunk="}),
        ("nlc plan nowhere.nl --set ch", set()),
        ("nlc check --wat", {"--watch"}),
    ],
)
def test_words_are_offered(request, line, offered):
    code, out, err = nlc(
        request.config.rootpath,
        _NLC_COMPLETE="complete_bash",
        COMP_WORDS=line,
        COMP_CWORD=str(len(line.split()) - 1),
    )
    assert (code, err) == (0, "")
    assert set(out.split()) == offered
