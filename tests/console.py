"""Sessions shown in pages: what stands behind `$ nlc …` is what that command says.

A line `…` stands for all further lines. What a machine or its clock decides (LOOSE) is compared without
its numbers. With `update` the page is given what the commands say now.
"""

import re
import subprocess
import sys
from itertools import groupby
from pathlib import Path

SESSION = re.compile(r"(^<!-- console -->\n```text\n)(.*?)(^```$)", re.M | re.S)
ROUNDING = re.compile(r"\de[-+]\d\d")
NUMBER = re.compile(r"\d[\d.,:]*k?")
LOOSE = ("train", "sweep", "trace", "doctor")
"""Commands whose figures differ from machine to machine."""
CUT = "…"


def run(line: str, folder: Path) -> list[str]:
    """What a command says, on both streams; a rounding error is like another."""
    words = [sys.executable, "-m", "nlc", *line.removeprefix("$ nlc ").split()]
    done = subprocess.run(words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout
    text = ROUNDING.sub("1e-16", done.stdout).replace(f"{folder.resolve()}/", "")
    return [said.rstrip() for said in text.rstrip("\n").split("\n")]


def session(text: str, folder: Path) -> str:
    """The page with what its commands say now, cut where it was cut."""
    return SESSION.sub(lambda found: found[1] + _session(found[2], folder) + found[3], text)


def _session(shown: str, folder: Path) -> str:
    out: list[str] = []
    number = 0

    def block(line: str) -> int:
        nonlocal number
        number += line.startswith("$ nlc ")
        return number

    for _, lines in groupby(shown.splitlines(), block):
        command, *old = lines
        new = run(command, folder)
        if CUT in old:
            new = [*new[: old.index(CUT)], CUT]
        blank = old[-1:] == [""]
        if command.split()[2] in LOOSE and _loosely(old) == _loosely([*new, ""] if blank else new):
            new = old[:-1] if blank else old
        out += [command, *new, *([""] if blank else [])]
    return "\n".join(out) + "\n"


def _loosely(lines: list[str]) -> list[str]:
    return [" ".join(NUMBER.sub("0", line).split()) for line in lines]
