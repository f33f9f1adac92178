"""The pages are true: specs in them check, code in them runs, tables say what the program says.

`--update-golden` puts the spec, the generated class and the picture in anew.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import typer
from console import session

from nlc.check import check
from nlc.check.draft import FIELDS
from nlc.cli.main import app
from nlc.ir.system import System
from nlc.lock import semantic_hash
from nlc.parts import registry
from nlc.read import read_text
from nlc.run.stages import Stages

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
EXAMPLES = sorted(path.stem for path in (ROOT / "examples").glob("*.nl"))
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
MARKED = re.compile(r"^<!-- (spec|class) ([^\n]+) -->\n```\w+\n(.*?)^```$", re.M | re.S)
TOP = re.compile(r"(block|model|optimizer|schedule|use|dim|param)\b")
HEAD = "nl 1\ndim vocab = 256, d = 64, heads = 4\n"
LAYER = "block layer(x: [T d]) {{\n{0}{1}}}\n"


@cache
def stages(example: str) -> Stages:
    return Stages(ROOT / example)


def fences(path: Path, language: str) -> list[str]:
    return [body for kind, body in FENCE.findall(path.read_text(encoding="utf-8")) if kind == language]


def whole(fragment: str) -> str:
    """A spec of a fragment: forms get a head, entries of a block a block around them."""
    text = "\n".join(line for line in fragment.splitlines() if not line.startswith("#")) + "\n"
    if text.startswith("nl 1"):
        return text
    if TOP.match(text):
        rest = "" if re.search(r"^(block|model) ", text, re.M) else LAYER.format("", "  return x\n")
        return HEAD + text + rest
    return HEAD + LAYER.format(text, "" if re.search(r"^return ", text, re.M) else "  return x\n")


def checked(text: str, name: str = "spec.nl") -> System:
    return check(read_text(text, name))


SPECS = [
    pytest.param(text, id=f"{path.name}-{number}")
    for path in PAGES
    for number, text in enumerate(fences(path, "nl"), 1)
]


@pytest.mark.parametrize("text", SPECS)
def test_specs_in_pages_are_fine(text: str):
    report = checked(whole(text)).report
    # A fragment may leave unused what it shows; anything else would be a poor example.
    assert {found.code for found in report.diagnostics} <= {"W0401", "W0402", "W0403"}


def test_yaml_in_pages_says_the_same_as_the_spec_before_it():
    found = 0
    for path in PAGES:
        before = ""
        for kind, body in FENCE.findall(path.read_text(encoding="utf-8")):
            if kind == "yaml":
                found += 1
                first, second = read_text(whole(before), "spec.nl"), read_text(body, "spec.yaml")
                assert semantic_hash(first) == semantic_hash(second)
            before = body if kind == "nl" else before
    assert found


def test_specs_and_classes_shown_are_the_real_ones(update_golden: bool):
    for path in PAGES:
        text = path.read_text(encoding="utf-8")

        def shown(match: re.Match[str]) -> str:
            real = _spec(match[2]) if match[1] == "spec" else _class(*match[2].split())
            return match.string[match.start() : match.start(3)] + real + "```"

        real = MARKED.sub(shown, text)
        if update_golden:
            path.write_text(real, encoding="utf-8")
        else:
            assert text == real, "if this is meant: pytest --update-golden"


def _spec(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def _class(name: str, example: str) -> str:
    found = re.search(rf"^class {name}\(.*?(?=^\S|\Z)", stages(example).files["memories.py"], re.M | re.S)
    assert found, f"{example} has no class {name}"
    return found[0].rstrip("\n") + "\n"


def test_the_picture_is_the_real_one(update_golden: bool):
    path = ROOT / "docs" / "hope.svg"
    picture = stages("examples/hope.nl").diagram.rstrip("\n") + "\n"
    if update_golden:
        path.write_text(picture, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == picture, "if this is meant: pytest --update-golden"


def test_python_in_the_readme_runs(tmp_path: Path):
    text = PAGES[0].read_text(encoding="utf-8")
    codes: list[str] = re.findall(r"^<!-- run -->\n```python\n(.*?)^```$", text, re.M | re.S)
    assert codes
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    for code in codes:
        done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


@pytest.mark.timeout(300)
def test_the_session_in_the_readme_is_real(tmp_path: Path, update_golden: bool):
    text = PAGES[0].read_text(encoding="utf-8")
    real = session(text, tmp_path)
    assert real.count("$ nlc ") > 10
    if update_golden:
        PAGES[0].write_text(real, encoding="utf-8")
    else:
        assert text == real, "if this is meant: pytest --update-golden"


def rows(heading: str) -> list[list[str]]:
    """The table under a heading of the README, without its head."""
    text = PAGES[0].read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_table_of_commands_is_true():
    commands: Callable[..., object] = typer.main.get_command(app)
    names = list(commands.commands)  # pyright: ignore
    assert [row[0].strip("`").split()[1] for row in rows("Commands")] == names


def test_the_language_page_names_every_word():
    text = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
    for kind in registry.KINDS:
        for name in registry.names(kind):
            assert re.search(rf"`{name}\b", text), f"{kind} `{name}` is not in docs/language.md"
    for field in FIELDS:
        assert f"| `{field}` |" in text, f"field `{field}` is not in docs/language.md"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path):
    text = re.sub(r"`[^`\n]*`", "", FENCE.sub("", path.read_text(encoding="utf-8")))
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
        if "://" not in target:
            assert (path.parent / target).exists(), target


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_files_that_pages_name_are_there(path: Path):
    """`nlc/…`, `grammar/…` and the like in running text."""
    text = FENCE.sub("", path.read_text(encoding="utf-8"))
    for name in re.findall(r"`((?:nlc|grammar|backends|tests|examples|docs)/[\w./]*\w)`", text):
        assert (ROOT / name).exists(), name
