"""Both spellings of a spec are one spec: the same hash and the same program."""

import ast

import pytest
from compiled import EXAMPLES, SIZES, example

from nlc.check import check
from nlc.emit import emit
from nlc.lower import lower
from nlc.read import read, read_text
from nlc.write.nl import print_nl
from nlc.write.yaml import print_yaml


def program(text):
    """Python without what its docstrings quote: the order in which a spec was written."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
            node.body = node.body[1:]
    return ast.unparse(tree)


@pytest.mark.parametrize("name", SIZES)
def test_yaml_is_the_same_package(name):
    package = example(name)
    text = print_yaml(read(EXAMPLES / f"{name}.nl").main)
    other = check(read_text(text, f"{name}.yaml"), SIZES[name])
    assert other.semantic_hash == package.system.semantic_hash
    files = emit(lower(other))
    assert list(files) == list(package.files)
    assert files["nl.lock"] == package.files["nl.lock"]
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
