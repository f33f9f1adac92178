"""Emitted lines say which line of the spec they come from, and nothing of the machine that wrote them."""

import re
import shutil
from itertools import pairwise
from pathlib import Path

import pytest

from nlc.check import check
from nlc.emit import emit
from nlc.emit.wrap import MARK
from nlc.lower import lower
from nlc.read import read

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.nl"))


def package(path, **more):
    return emit(lower(check(read(path, **more))))


def place(files, text):
    """The one place that the statements with this text are marked with, on their line or above it."""
    lines = "\n".join(files.get(name, "") for name in ("model.py", "reference.py")).split("\n")
    found = set()
    for above, line in pairwise(lines):
        if text in line:
            said = line.partition(MARK)[2] or above.partition("# ")[2]
            found |= {said} if re.fullmatch(r".+:\d+", said) else set()
    assert len(found) == 1, (text, found)
    return found.pop()


@pytest.mark.parametrize("suffix", ["nl", "yaml"])
def test_a_statement_carries_the_line_that_it_comes_from(suffix):
    path = EXAMPLES[0].with_name(f"titans.{suffix}")
    files, spec = package(path), path.read_text(encoding="utf-8").split("\n")

    def line(place):
        name, _, number = place.partition(":")
        assert name == path.name
        return spec[int(number) - 1]

    assert "keys:" in line(place(files, "ltm_keys = "))
    assert "optimizer:" in line(place(files, "ltm_rate = "))
    assert "a = x + linear(" in line(place(files, "        a = x + "))
    (memory,) = re.findall(r'^    place = "(.*)"$', files["memories.py"], re.M)
    assert "ltm" in line(memory)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_what_a_block_returns_has_a_place(path):
    ends = re.findall(r"^        return .*, state\b(.*)$", package(path)["model.py"], re.M)
    assert [end for end in ends if end.startswith(MARK)], path.name


def test_blocks_of_other_files_name_their_own_file():
    files = package(EXAMPLES[0].with_name("deltanet.nl"))
    assert place(files, "out_linear3 = ") == "std/swiglu.nl:5"


def test_places_are_the_same_wherever_the_project_lies(tmp_path):
    spec = 'nl 1\nuse "parts/gate.nl" (gate)\nblock b(x: [T 4]) {\n  return x + gate(x)\n}\n'
    part = "nl 1\nblock gate(x: [T 4]) {\n  y = linear(x)\n  return y * sigmoid(y)\n}\n"
    found = []
    for folder in (tmp_path / "one", tmp_path / "two" / "deep"):
        (folder / "parts").mkdir(parents=True)
        (folder / "parts" / "gate.nl").write_text(part)
        (folder / "b.nl").write_text(spec)
        found.append(package(folder / "b.nl"))
    assert found[0] == found[1]
    assert place(found[0], "y = self.y_linear(x)") == "parts/gate.nl:3"
    assert place(package(tmp_path / "one" / "b.nl", root=tmp_path), "return x + gate") == "one/b.nl:4"


def test_a_file_of_any_name_stays_within_its_comment(tmp_path):
    path = tmp_path / 'a"\nraise SystemExit  # \\.nl'
    shutil.copy(EXAMPLES[0].with_name("titans.nl"), path)
    files = package(path)
    assert re.search(r'^    place = "a__raise SystemExit  # _.nl:\d+"$', files["memories.py"], re.M)
    for name, text in files.items():
        if name.endswith(".py"):
            compile(text, name, "exec")
            assert not re.search(r"^\s*raise SystemExit", text, re.M)
