"""docs/parts.md is true: its files make its commands say what it shows.

`--update-golden` puts in what they say now.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "parts.md"
FILE = re.compile(r"^<!-- file (\S+) -->\n```\w+\n(.*?)^```$", re.M | re.S)
CONSOLE = re.compile(r"^<!-- console -->\n```text\n(.*?)^```$", re.M | re.S)
ROUNDING = re.compile(r"\de[-+]\d\d")


def run(line: str, folder: Path) -> str:
    """What a command says, on both streams; a rounding error is like another."""
    words = [sys.executable, "-m", "nlc", *line.removeprefix("$ nlc ").split()]
    done = subprocess.run(words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout
    return ROUNDING.sub("1e-16", done.stdout).replace(f"{folder.resolve()}/", "").rstrip("\n") + "\n"


def test_the_page_of_own_parts(tmp_path: Path, update_golden: bool):
    text = PAGE.read_text(encoding="utf-8")
    for name, body in FILE.findall(text):
        (tmp_path / name).write_text(body, encoding="utf-8")

    def said(match: re.Match[str]) -> str:
        lines = [line for line in match[1].splitlines() if line.startswith("$ nlc ")]
        shown = "\n".join(f"{line}\n{run(line, tmp_path)}" for line in lines)
        return f"<!-- console -->\n```text\n{shown}```"

    real = CONSOLE.sub(said, text)
    if update_golden:
        PAGE.write_text(real, encoding="utf-8")
    else:
        assert text == real, "if this is meant: pytest --update-golden"
