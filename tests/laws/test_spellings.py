"""Both spellings of a spec are one spec: the same hash and the same program."""

import ast
import random
import re

import pytest
from compiled import EXAMPLES, SIZES, example
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from specs import every_kind

from nlc.check import check
from nlc.emit import emit
from nlc.emit.lockfile import differences, parse
from nlc.lock import schedule_hash, semantic_hash
from nlc.lower import lower
from nlc.read import read, read_text
from nlc.source import Source
from nlc.write.convert import convert
from nlc.write.nl import print_nl
from nlc.write.yaml import print_yaml


def program(text):
    """Python without what quotes the spec or names a line of it."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
            node.body = node.body[1:]
    return re.sub(r"\w+\.(nl|yaml):\d+", "a line", ast.unparse(tree))


@pytest.mark.parametrize("name", SIZES)
def test_yaml_is_the_same_package(name):
    package = example(name)
    text = print_yaml(read(EXAMPLES / f"{name}.nl").main)
    other = check(read_text(text, f"{name}.yaml"), SIZES[name])
    assert other.semantic_hash == package.system.semantic_hash
    files = emit(lower(other))
    assert list(files) == list(package.files)
    assert not differences(parse(package.files["nl.lock"]), parse(files["nl.lock"]))
    for file in files:
        if file.endswith(".py"):
            assert program(files[file]) == program(package.files[file]), file


@pytest.mark.parametrize("name", SIZES)
def test_the_spec_in_a_package_is_nl(name):
    """`spec.nl` of a package made from YAML can be read as what its name says."""
    main = read(EXAMPLES / f"{name}.nl").main
    system = check(read_text(print_yaml(main), f"{name}.yaml"), SIZES[name])
    again = read_text(emit(lower(system))["spec.nl"], "spec.nl")
    assert print_nl(again.main)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(every_kind(), st.integers(0, 2**32))
def test_specs_that_nobody_wrote_with_comments(text, seed):
    """To YAML and back: one meaning, no comment lost, and the second time the same text."""
    dice = random.Random(seed)
    lines = [f"{line}  # {n}" if dice.random() < 0.3 else line for n, line in enumerate(text.splitlines())]
    text = "\n".join(f"# above {n}\n{line}" if n % 5 == 3 else line for n, line in enumerate(lines))
    yaml = convert(Source("a.nl", text), "yaml")
    again = convert(Source("a.yaml", yaml), "nl")
    for hashed in (semantic_hash, schedule_hash):
        assert hashed(read_text(text)) == hashed(read_text(yaml, "a.yaml")) == hashed(read_text(again))
    assert sorted(re.findall("#.*", again)) == sorted(re.findall("#.*", text))
    yaml = convert(Source("a.nl", again), "yaml")
    assert convert(Source("a.yaml", yaml), "nl") == again
