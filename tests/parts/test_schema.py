"""The JSON Schema accepts every example and flags the mistakes that an editor can know of."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from nlc.data import grammar
from nlc.parts import registry
from nlc.parts.schema import schema
from nlc.read import read_text
from nlc.report import SpecError

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))
FRESH = "run: nlc schema -o grammar/schema.json"

pytestmark = pytest.mark.usefixtures("clean")


def wrong(text: str, made: dict[str, Any] | None = None) -> list[str]:
    """What the schema finds, as places."""
    data = YAML(typ="safe").load(text)
    found = Draft202012Validator(made or schema()).iter_errors(data)
    return ["/".join(map(str, error.absolute_path)) for error in found]


def test_the_schema_is_one_and_fresh():
    Draft202012Validator.check_schema(schema())
    assert json.loads(grammar("schema.json")) == schema(), FRESH


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_are_valid(path: Path):
    assert wrong(path.read_text(encoding="utf-8")) == []


TEXT = """nl: 1
use: {std/cms.nl: [cms]}
dim: {d: 64, heads: 4}
param:
  rate: {default: 0.1, in: "log(0.001, 1.0)"}
  count: {default: 2, in: 1..6}
  inner: l2
block:
  layer:
    in: {x: T d}
    with: {k: 4}
    memory:
      band:
        for: {c: [16, 64]}
        in: {x: }
        structure: matrix(heads=heads)
        keys: linear(x) |> l2norm
        objective: inner
        optimizer: sgd(lr=rate)
        update: every c tokens
        anchor: every token
        init: learned every 128 tokens
    body:
      - return x + chain(band, x)
schedule:
  torch: {layer.band: tile(tokens=32)}
"""

MISTAKES = {
    "a field": ("structure:", "struture:", "block/layer/memory/band"),
    "a key of a file": ("param:", "params:", ""),
    "a key of a block": ("body:", "lines:", "block/layer"),
    "the version": ("nl: 1", "nl: 2", "nl"),
    "no version": ("nl: 1\n", "", ""),
    "a dim that is no number": ("d: 64", "d: [64]", "dim/d"),
    "a name": ("layer:\n", "my layer:\n", "block"),
    "a period": ("every c tokens", "every 64", "block/layer/memory/band/update"),
    "a period that is a number": ("every c tokens", "64", "block/layer/memory/band/update"),
    "no objective": ("        objective: inner\n", "", "block/layer/memory/band"),
    "a part that is a list": ("sgd(lr=rate)", "[sgd]", "block/layer/memory/band/optimizer"),
    "a part that is an operation": ("matrix(heads=heads)", "matrix + 1", "block/layer/memory/band/structure"),
    "two names of a family": ("{c: [16, 64]}", "{c: [16], e: [1]}", "block/layer/memory/band/for"),
    "a param without a value": ("default: 2, ", "", "param/count"),
    "names of use that are text": ("[cms]", "cms", "use/std/cms.nl"),
    "a body that is text": ("      - return", "      return", "block/layer/body"),
}


def test_the_text_is_valid():
    assert wrong(TEXT) == []
    read_text(TEXT.replace("std/cms.nl", "std/cms.nl"), "spec.yaml")


@pytest.mark.parametrize(("old", "new", "place"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_are_flagged_at_their_place(old: str, new: str, place: str):
    assert TEXT.count(old) >= 1
    found = wrong(TEXT.replace(old, new, 1))
    assert place in found


def test_what_the_reader_refuses_as_a_key_the_schema_flags():
    """The skeleton is one: each of these is an error of the reader too."""
    for old, new, _ in (MISTAKES[name] for name in ("a key of a file", "the version", "a name")):
        with pytest.raises(SpecError):
            read_text(TEXT.replace(old, new, 1), "spec.yaml")


def test_every_field_and_part_says_what_it_is():
    made = schema()
    fields = made["$defs"]["memory"]["properties"]
    assert all(field["description"] for field in fields.values())
    for kind in ("structure", "objective", "optimizer", "retention", "init"):
        offered = [part for part in made["$defs"][f"{kind} part"]["anyOf"] if "const" in part]
        assert [part["const"] for part in offered] == list(registry.names(kind))
        assert all("Source: " in part["description"] for part in offered)


def test_own_parts_are_offered(tmp_path: Path):
    path = tmp_path / "mine.py"
    path.write_text(
        "from nlc.parts.part import Objective\n\n\nclass Cubic(Objective):\n"
        '    """Cubic.\n\n    Source: own.\n    """\n\n    name = "cubic"\n    loss = "abs(p - v)"\n'
    )
    registry.add([path])
    assert "cubic" in [part.get("const") for part in schema()["$defs"]["objective part"]["anyOf"]]
