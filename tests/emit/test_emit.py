"""The emitted package as text: its form, what it imports, and how it reaches a folder."""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from nlc.check import check
from nlc.emit import emit, write
from nlc.ir.plan import Plan
from nlc.lower import lower
from nlc.read import read, read_text
from nlc.report import SpecError

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.nl"))
NAMES = [path.stem for path in EXAMPLES]


@cache
def plan(name: str) -> Plan:
    return lower(check(read(EXAMPLES[NAMES.index(name)])))


@cache
def files(name: str) -> dict[str, str]:
    return emit(plan(name))


def python(name: str) -> dict[str, str]:
    return {file: text for file, text in files(name).items() if file.endswith(".py")}


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every example's package, side by side."""
    folder = tmp_path_factory.mktemp("packages")
    for name in NAMES:
        write(files(name), folder / name)
    return folder


def ruff(*arguments: str) -> None:
    done = subprocess.run([sys.executable, "-m", "ruff", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_formatting_changes_nothing(packages: Path):
    ruff("format", "--isolated", "--diff", "--line-length", "110", str(packages))


def test_linters_find_nothing(packages: Path):
    ruff("check", "--isolated", "--select", "E,F,I", "--ignore", "E501,E741", str(packages))


@pytest.mark.parametrize("name", NAMES)
def test_a_package_stands_alone(name: str):
    """It imports torch, the standard library and itself; and it has all that it imports."""
    text = python(name)
    for file, source in text.items():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                roots = {alias.name.split(".")[0] for alias in node.names}
                assert roots <= {"torch"} | sys.stdlib_module_names, file
            elif isinstance(node, ast.ImportFrom) and node.level:
                modules = [node.module] if node.module else [alias.name for alias in node.names]
                assert {f"{module}.py" for module in modules} <= text.keys(), file
            elif isinstance(node, ast.ImportFrom):
                assert (node.module or "").split(".")[0] in {"torch"} | sys.stdlib_module_names, file


@pytest.mark.parametrize("name", NAMES)
def test_files_say_where_they_come_from(name: str):
    made = plan(name)
    origin = re.compile(rf"Written by nlc \S+ from spec {made.system.semantic_hash[:16]}: edit the spec")
    for file in ("__init__.py", "model.py", "memories.py", "reference.py"):
        assert origin.search(files(name)[file]), file
    assert made.system.semantic_hash in files(name)["nl.lock"]
    assert files(name)["spec.nl"] == EXAMPLES[NAMES.index(name)].read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_each_memory_carries_its_spec_and_its_equation(name: str):
    tree = ast.parse(files(name)["memories.py"])
    classes = {
        node.name: ast.get_docstring(node) or "" for node in tree.body if isinstance(node, ast.ClassDef)
    }
    memories = [memory for block in plan(name).blocks for memory in block.memories]
    assert set(classes) == {memory.class_name for memory in memories}
    for memory in memories:
        said = classes[memory.class_name]
        assert said.startswith("memory ")
        assert memory.equation
        assert all(line in said for line in memory.equation)


@pytest.mark.parametrize("name", NAMES)
def test_every_class_says_what_it_is(name: str):
    for file, source in python(name).items():
        tree = ast.parse(source)
        assert ast.get_docstring(tree), file
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                assert ast.get_docstring(node), f"{file}: {node.name}"


@pytest.mark.parametrize("name", NAMES)
def test_the_same_spec_gives_the_same_files(name: str):
    assert emit(lower(check(read(EXAMPLES[NAMES.index(name)])))) == files(name)


def test_other_hash_seeds_give_the_same_files():
    """Nothing depends on the order of a set."""
    code = (
        "import hashlib; from nlc.run.stages import Stages\n"
        f"files = Stages({str(EXAMPLES[NAMES.index('hope')])!r}).files\n"
        "print(hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest())"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(found) == 1


LAYER = """nl: 1
dim: {{d: 8}}

block:
  {block}:
    in: {{x: T d}}
    memory:
      {memory}:
        in: {{x: }}
        structure: matrix
        objective: l2
        optimizer: sgd(lr=0.1)
        update: every token
    body:
      - {line} = {memory}(x)
      - return x + {line}
"""
GOOD = {"block": "layer", "memory": "m", "line": "y"}
HOSTILE = (
    "x); import os; os.system('true') #",
    "__class__",
    "a.b",
    "lambda",
    "a b",
    '"""',
    "{{ 7 * 7 }}",
    "y\u200b",
    "ｅval",
    "a" * 65,
)


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("place", GOOD)
def test_a_name_that_is_no_name_never_reaches_code(place: str, name: str):
    quoted = name if place == "line" else "'" + name.replace("'", "''") + "'"
    text = LAYER.format(**GOOD | {place: quoted})
    with pytest.raises(SpecError):
        check(read_text(text, "spec.yaml"))


def test_the_spec_is_fine_under_good_names():
    assert emit(lower(check(read_text(LAYER.format(**GOOD), "spec.yaml"))))["model.py"]


@pytest.mark.parametrize("name", ["f", "linear_", "layer", "embedding", "conv_", "weight_", "SPEC", "EVERY"])
def test_no_class_hides_what_a_module_imports(name: str):
    names = {"block": name, "memory": "m", "line": "out"}
    for file, text in emit(lower(check(read_text(LAYER.format(**names), "spec.yaml")))).items():
        if not file.endswith(".py"):
            continue
        tree = ast.parse(text)
        bound = [node.name for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)]
        bound += [
            target.id
            for node in tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        ]
        for node in tree.body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                bound += [alias.asname or alias.name for alias in node.names]
        assert len(bound) == len(set(bound)), file


def test_comments_are_no_code():
    hostile = '# """ + __import__("os").system("true") + """ \\'
    text = f"""nl 1
{hostile}
dim d = 8

block layer(x: [T d]) {{
  {hostile}
  memory m(x) {{
    {hostile}
    structure: matrix
    objective: l2
    optimizer: sgd(lr=0.1)  {hostile}
    update:    every token
  }}
  return x + m(x)  {hostile}
}}
"""
    package = emit(lower(check(read_text(text, "spec.nl"))))
    assert hostile in package["spec.nl"], "the spec is data, and is kept as it is"
    for name, source in package.items():
        if name.endswith(".py"):
            calls = {
                ast.unparse(node.func) for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)
            }
            assert "__import__" not in calls
