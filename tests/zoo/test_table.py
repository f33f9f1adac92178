"""The table of systems is not stale: `make zoo` makes it anew."""

import json

import pytest
from table import DATA, GROUPS, PAGE, README, facts, listed, page
from zoo import BOUND, EXAMPLES, Row, rows

MEASURED = ("output_error", "gradient_error")
"""Differ from machine to machine: the page's figures are not compared, fresh ones are held to the bound."""


@pytest.fixture(scope="module")
def systems():
    return json.loads(DATA.read_text(encoding="utf-8"))


def test_every_spec_has_a_row():
    assert {row.spec for row in rows()} == set(EXAMPLES.glob("*.nl")), "make zoo"
    assert {row.family for row in rows()} <= set(GROUPS)


def test_every_row_is_in_the_table(systems):
    assert [system["reference"] for system in systems] == [f"tests/zoo/rows/{row.name}.py" for row in rows()]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.name)
def test_the_table_is_fresh(row: Row, systems):
    (written,) = (s for s in systems if s["reference"] == f"tests/zoo/rows/{row.name}.py")
    assert {key: value for key, value in written.items() if key not in MEASURED} == facts(row), "make zoo"
    assert all(0 <= written[name] <= BOUND for name in MEASURED)


def test_the_page_and_the_readme_say_what_the_data_says(systems):
    assert PAGE.read_text(encoding="utf-8") == page(systems, BOUND), "make zoo"
    readme = README.read_text(encoding="utf-8")
    assert readme == listed(readme, systems), "make zoo"
