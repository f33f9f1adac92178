"""Golden files of every stage: what three examples become, from the text to the package.

`pytest tests/test_stages.py --update-golden` writes tests/cases anew; its diff is the real diff.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from nlc.level.draw import text as draw
from nlc.lock import semantic_hash
from nlc.lower import show
from nlc.read import read
from nlc.run.stages import Stages
from nlc.write.yaml import print_yaml

ROOT = Path(__file__).parents[1]
CASES = Path(__file__).parent / "cases"
EXAMPLES = ("deltanet", "cms", "hope")
PACKAGES = {"deltanet": None, "hope": ("model.py", "memories.py")}
"""Which files of a package are golden; None: all of them."""

Golden = Callable[[str, str], None]


@cache
def stages(name: str) -> Stages:
    return Stages(ROOT / "examples" / f"{name}.nl")


def case(name: str, file: str) -> str:
    """A path for the fixture `golden`."""
    return str(CASES / name / file)


@pytest.mark.parametrize("name", EXAMPLES)
def test_read(name: str, golden: Golden):
    """The syntax tree, as YAML: the other spelling says the same."""
    project = stages(name).project
    golden(print_yaml(project.main), case(name, "spec.yaml"))
    assert semantic_hash(read(CASES / name / "spec.yaml")) == semantic_hash(project)
    assert semantic_hash(read(ROOT / "examples" / f"{name}.yaml")) == semantic_hash(project)


@pytest.mark.parametrize("name", EXAMPLES)
def test_level(name: str, golden: Golden):
    golden(draw(stages(name).graph) + "\n", case(name, "levels.txt"))


@pytest.mark.parametrize("name", EXAMPLES)
def test_lower(name: str, golden: Golden):
    golden(show.text(stages(name).plan) + "\n", case(name, "plan.txt"))


@pytest.mark.parametrize("name", PACKAGES)
def test_emit(name: str, golden: Golden, update_golden: bool):
    files = stages(name).files
    # The lock has a hash of all templates: it would be new with each edit of any.
    wanted = PACKAGES[name] or tuple(file for file in files if file != "nl.lock")
    for file in wanted:
        golden(files[file], case(name, f"torch/{file}"))
    found = {path.name for path in (CASES / name / "torch").iterdir() if path.is_file()}
    if update_golden:
        for file in found - set(wanted):
            (CASES / name / "torch" / file).unlink()
    else:
        assert found == set(wanted)
