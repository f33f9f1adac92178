"""docs/parts.md is true: its files make its commands say what it shows.

`--update-golden` puts in what they say now.
"""

import re
from pathlib import Path

from console import session

PAGE = Path(__file__).parents[2] / "docs" / "parts.md"
FILE = re.compile(r"^<!-- file (\S+) -->\n```\w+\n(.*?)^```$", re.M | re.S)


def test_the_page_of_own_parts(tmp_path: Path, update_golden: bool):
    text = PAGE.read_text(encoding="utf-8")
    for name, body in FILE.findall(text):
        (tmp_path / name).write_text(body, encoding="utf-8")
    real = session(text, tmp_path)
    if update_golden:
        PAGE.write_text(real, encoding="utf-8")
    else:
        assert text == real, "if this is meant: pytest --update-golden"
