"""`nlc init`: a spec that compiles, and nothing overwritten."""

import ast
import json
import re
from typing import get_args

import pytest

from nlc.cli.init import MODEL, Template
from nlc.data import grammar
from nlc.run.stages import Stages

TEMPLATES = get_args(Template)


def test_the_templates_are_the_files(request):
    folder = request.config.rootpath / "grammar" / "init"
    assert sorted(path.stem for path in folder.iterdir()) == sorted(TEMPLATES)


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("yaml", [False, True])
def test_each_template_compiles(nlc, tmp_path, template, yaml):
    code, out, err = nlc("init", "mine", "--from", template, *(["--yaml"] if yaml else []))
    path = tmp_path / ("mine.yaml" if yaml else "mine.nl")
    assert code == 0 and err.startswith(f"wrote {path.name}\n")
    steps = re.findall(r"^  nlc (\w+) mine", out, re.M)
    assert steps == ["check", "graph", "train"]
    assert nlc("check", path.name) == (0, "", f"{path.name}: fine\n")
    assert nlc("fmt", "--check", path.name)[0] == 0
    made = Stages(path)
    assert made.system.name == "mine" and made.plan.parameters < 200_000
    assert not any(memory.slow for block in made.plan.blocks for memory in block.memories)
    if not yaml:
        for name, text in made.files.items():
            if name.endswith(".py"):
                ast.parse(text)


@pytest.mark.parametrize("template", TEMPLATES)
def test_templates_say_what_to_try(template):
    text = grammar(f"init/{template}.nl")
    assert text.count(MODEL) == 1
    assert template == "blank" or ("(1)" in text and "(2)" in text)


def test_yaml_has_its_schema_beside_it(nlc, tmp_path):
    assert nlc("init", "a", "--yaml")[0] == 0
    first = (tmp_path / "a.yaml").read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=./nl.schema.json"
    assert json.loads((tmp_path / "nl.schema.json").read_text())["type"] == "object"
    (tmp_path / "nl.schema.json").write_text("{}")
    assert json.loads(nlc("init", "b", "--yaml", "--json")[1])["written"] == ["b.yaml"]
    assert (tmp_path / "nl.schema.json").read_text() == "{}"


def test_nothing_is_overwritten(nlc, tmp_path):
    (tmp_path / "mine.nl").write_text("my work")
    code, out, err = nlc("init", "mine")
    assert (code, out) == (2, "") and "there already" in err
    assert (tmp_path / "mine.nl").read_text() == "my work"


@pytest.mark.parametrize("name", ["3d", "my-model", "model", "class", "a" * 65, "", "a.txt", "é"])
def test_names(nlc, tmp_path, name):
    code, out, err = nlc("init", name)
    assert (code, out) == (2, "") and "Traceback" not in err
    assert not list(tmp_path.iterdir())


def test_a_path_is_fine(nlc, tmp_path):
    assert nlc("init", "specs/mine.nl")[0] == 0
    assert "model mine(" in (tmp_path / "specs" / "mine.nl").read_text()
    assert nlc("init", "specs/other")[0] == 0
    assert (tmp_path / "specs" / "other.nl").exists()


def test_two_edited_lines_are_fine(nlc, tmp_path):
    """The two that the comments of the default template propose."""
    nlc("init", "mine")
    path = tmp_path / "mine.nl"
    text = path.read_text()
    edited = text.replace("objective: l2 ", "objective: huber ")
    edited = re.sub(r"optimizer: momentum\(.*\)", "optimizer: sgd(lr=rate / chunk)", edited)
    assert edited.count(" sgd(lr=rate / chunk)\n") == 1 and edited.count("huber") == 2
    path.write_text(edited)
    assert nlc("check", "mine.nl") == (0, "", "mine.nl: fine\n")
