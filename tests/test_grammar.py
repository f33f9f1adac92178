"""The grammar has no conflicts, the shipped table is fresh, and Lark reads the cases as nlc does."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from lark import Lark

from nlc.data import grammar
from nlc.parts import registry
from nlc.read.table import STARTS, build, encode

CASES = sorted((Path(__file__).parent / "read" / "cases").glob("*.nl"))


def test_no_conflicts():
    Lark(grammar("nl.lark"), parser="lalr", start=list(STARTS), strict=True)


def test_table_is_fresh():
    assert grammar("nl.json") == encode(build(grammar("nl.lark"))), "run: python -m nlc.read.table"


def test_table_is_plain_data():
    assert set(json.loads(grammar("nl.json"))) == {"starts", "terminals", "rules", "states"}


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_lark_reads_the_cases(path: Path):
    Lark(grammar("nl.lark"), parser="lalr", start="start").parse(path.read_text(encoding="utf-8"))


def test_no_domain_word():
    words = set(re.findall(r"[a-z_][a-z_0-9]+", re.sub(r"//.*", "", grammar("nl.lark"))))
    rules = set(re.findall(r"^\??([a-z]+):", grammar("nl.lark"), re.M)) | set(
        re.findall(r"-> ([a-z]+)", grammar("nl.lark"))
    )
    fields = {"structure", "keys", "values", "queries", "objective", "retention", "update", "anchor", "init"}
    parts = {name for kind in ("objective", "structure", "retention") for name in _names(kind)}
    assert not (words - rules) & (fields | parts)


def _names(kind: str) -> list[str]:
    folder = Path(registry.__file__).parent / kind
    return [path.stem for path in folder.glob("*.py") if not path.stem.startswith("_")]


def test_reading_imports_neither_lark_nor_yaml_nor_torch():
    code = (
        "import sys, nlc.read; from nlc.write.nl import format_nl; nlc.read.read_text('nl 1');"
        "print([m for m in ('lark', 'ruamel.yaml', 'torch', 'sympy') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
