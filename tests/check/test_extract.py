"""A block taken out of a file's model: what it needs comes along, and nothing else."""

from pathlib import Path

import pytest

from nlc.check import check
from nlc.check.extract import extract
from nlc.read import read, read_text

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_a_block_comes_with_what_it_mentions():
    taken = extract(read(EXAMPLES / "titans.nl"), "titans")
    assert [use.names for use in taken.main.uses()] == [("swiglu",)]
    assert {dim.name for dim in taken.main.dims()} == {"d", "heads"}, "not the model's vocab and layers"
    assert [param.name for param in taken.main.params()] == ["chunk", "holds", "target"]
    assert [form.name for form in taken.main.forms()] == ["titans"]


@pytest.mark.parametrize("suffix", ["nl", "yaml"])
@pytest.mark.parametrize("name", ["deltanet", "gated_deltanet", "linear_attention", "titans", "transformer"])
def test_it_is_checked_as_a_layer(name: str, suffix: str):
    system = check(extract(read(EXAMPLES / f"{name}.{suffix}"), name))
    assert (system.kind, system.name) == ("block", name)
    assert not system.report.diagnostics
    again = check(read_text(system.text, "again.nl"))
    assert again.semantic_hash == system.semantic_hash, "its text says what it is"


def test_places_stay_those_of_the_file():
    system = extract(read(EXAMPLES / "titans.nl"), "titans")
    (form,) = system.main.forms()
    line = (EXAMPLES / "titans.nl").read_text().splitlines()[form.span.line - 1]
    assert line.startswith("block titans")


def test_a_name_that_is_no_block():
    project = read_text("nl 1\nblock a(x: [T 8]) { return x }\nmodel m(ids: [T]) { return ids }\n", "s.nl")
    with pytest.raises(LookupError, match=r"s\.nl has no block `m`: it has a"):
        extract(project, "m")
