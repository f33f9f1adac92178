"""The shape of the project: who imports whom, where things are, and how long a command takes."""

import ast
import re
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from nlc.parts import registry

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "nlc").rglob("*.py"))
SHIPPED = ("nlc", "grammar", "backends")

ORDER = (
    "failure", "source", "suggest", "data", "home", "spec", "report", "fix", "read", "write", "lock", "ir",
    "parts", "check", "level", "lower", "emit", "run", "cli", "__main__",
)  # fmt: skip
"""Each of these imports only what stands left of it."""

TYPES_ONLY = {("ir", "parts")}
"""A memory of the middle holds parts, and says so to the type checker alone."""

LIBRARIES = {
    "lark": {"read"},
    "ruamel": {"read"},
    "pydantic": {"parts", "check"},
    "networkx": {"ir", "lower"},
    "sympy": {"lower"},
    "jinja2": {"emit"},
    "torch": {"run"},
    "numpy": {"run"},
    "safetensors": {"run"},
    "triton": {"run"},
    "rich": {"run"},
    "typer": {"cli"},
}
"""Which stages may import a library at all."""

LONGEST = 400

# Put together here, so that this file does not hold what it looks for.
SIBLING = "../" + "shared"
ELSEWHERE = re.compile(r"(?<![\w.\-/])/(?:work|root|home)/\w")


def folder(path: Path) -> str:
    """The stage that a module belongs to: its folder, or its own name at the top; '' for the package."""
    name = path.relative_to(ROOT / "nlc").parts[0].removesuffix(".py")
    return "" if name == "__init__" else name


def imports(path: Path) -> Iterator[tuple[str, int, bool]]:
    """(module, line, for types only) of every import, those inside functions and by name included."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typed = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        for name in _named(node):
            yield name, node.lineno, id(node) in typed


def _named(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module="nlc", names=names):
            return [f"nlc.{alias.name}" for alias in names]
        case ast.ImportFrom(module=module, level=level):
            assert not level, "imports are absolute"
            return [module or ""]
        case ast.Call(func=ast.Name(id="import_module" | "__import__"), args=[first, *_]):
            return [ast.literal_eval(first) if isinstance(first, ast.Constant) else ""]
        case _:
            return []


def test_the_order_names_every_stage():
    assert sorted(ORDER) == sorted({folder(path) for path in MODULES} - {""})


@pytest.mark.parametrize("stage", ORDER)
def test_a_stage_imports_only_what_stands_before_it(stage: str):
    wrong: list[str] = []
    for path in (path for path in MODULES if folder(path) == stage):
        for name, line, typed in imports(path):
            if not name.startswith("nlc."):
                continue
            other = name.split(".")[1]
            later = ORDER.index(other) > ORDER.index(stage)
            if later and not (typed and (stage, other) in TYPES_ONLY):
                wrong.append(f"{path.relative_to(ROOT)}:{line} imports {name}")
    assert not wrong


def test_libraries_stay_in_their_stages():
    wrong: list[str] = []
    for path in MODULES:
        for name, line, typed in imports(path):
            library = name.split(".")[0]
            if library in LIBRARIES and folder(path) not in LIBRARIES[library] and not typed:
                wrong.append(f"{path.relative_to(ROOT)}:{line} imports {name}")
    assert not wrong


def test_packages_are_the_folders():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    own = {".".join(path.parent.relative_to(ROOT).parts) for path in MODULES if path.name == "__init__.py"}
    assert sorted(settings["packages"]) == sorted(own | {"nlc.grammar", "nlc.backends"})
    assert len(settings["packages"]) == len(set(settings["packages"]))
    for path in MODULES:
        assert (path.parent / "__init__.py").exists(), f"{path.parent} is no package"


@pytest.mark.parametrize("place", ["grammar", "backends"])
def test_data_folders_hold_no_code(place: str):
    files = [path for path in (ROOT / place).rglob("*.py") if "__pycache__" not in path.parts]
    assert files == [ROOT / place / "__init__.py"]
    body = ast.parse(files[0].read_text(encoding="utf-8")).body
    assert len(body) == 1 and isinstance(body[0], ast.Expr)


def test_a_part_is_named_like_its_file():
    for kind in registry.KINDS:
        for name in registry.names(kind):
            part = registry.find(kind, name)
            assert part is not None and (part.kind, part.name) == (kind, name)
            assert part.__name__ == "".join(word.capitalize() for word in name.split("_"))
            assert part.__doc__


def test_every_module_says_what_it_is():
    said: dict[str, Path] = {}
    for path in MODULES:
        text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
        assert text, f"{path} has no docstring"
        assert text not in said, f"{path} says the same as {said[text]}"
        said[text] = path


def test_no_file_is_long():
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert {path: count for path, count in lines.items() if count > LONGEST} == {}


def tracked() -> list[Path]:
    """Files that git knows; all that could be one where this is no checkout."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode == 0:
        return [path for name in listed.stdout.decode().split("\0") if (path := ROOT / name).is_file()]
    places = (*SHIPPED, "docs", "examples", "tests")
    return [path for place in places for path in (ROOT / place).rglob("*") if path.suffix != ".pyc"]


def test_nothing_points_outside_the_project():
    wrong: list[str] = []
    for path in tracked():
        if not path.is_file():
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if SIBLING in line or ELSEWHERE.search(line):
                wrong.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}")
    assert not wrong


HOPE = "examples/hope.nl"
SCRIPT = """
import sys
from nlc.cli.main import run
try:
    run({arguments!r})
except SystemExit as end:
    assert end.code in (None, 0), end.code
print("loaded", *sorted({heavy!r} & set(sys.modules)), file=sys.stderr)
"""
HEAVY = {"torch", "sympy", "jinja2"}
LIGHT = {
    "check": (["check", HOPE], HEAVY),
    "fmt": (["fmt", "--check", HOPE], HEAVY),
    "convert": (["convert", HOPE], HEAVY),
    "show --defaults": (["show", "--defaults", HOPE], HEAVY),
    "diff": (["diff", HOPE, HOPE], HEAVY),
    "graph": (["graph", HOPE], HEAVY),
    "graph svg": (["graph", HOPE, "--format", "svg"], HEAVY),
    "parts": (["parts"], HEAVY),
    "schema": (["schema"], HEAVY),
    "explain a part": (["explain", "mlp"], HEAVY),
    "plan": (["plan", HOPE], {"torch"}),
    "compile": (["compile", HOPE, "-o", "OUT"], {"torch"}),
}
"""Commands, and what each must not load."""


@pytest.mark.parametrize("command", LIGHT)
def test_light_commands_load_nothing_heavy(command: str, tmp_path: Path):
    arguments, heavy = LIGHT[command]
    arguments = [str(tmp_path / "out") if word == "OUT" else word for word in arguments]
    code = SCRIPT.format(arguments=arguments, heavy=heavy)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1] == "loaded"


def test_reading_needs_no_parser_generator():
    """The tables are in grammar/nl.json; Lark only makes them."""
    code = f"import sys; from nlc.read import read; read({str(ROOT / HOPE)!r}); print('lark' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


BUDGET = {
    "--help": 0.2,
    f"check {HOPE}": 0.3,
    f"fmt --check {HOPE}": 0.3,
    f"graph {HOPE}": 0.4,
    "parts": 0.3,
    f"plan {HOPE}": 1.0,
    f"compile {HOPE} -o OUT": 1.0,
}
"""Seconds that a warm command should take on two cores."""

SLACK = 3
"""Machines differ, and may be busy: what fails is three times as slow."""


@pytest.mark.alone
@pytest.mark.parametrize("command", BUDGET)
def test_commands_are_quick(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    words = [str(tmp_path / "out") if word == "OUT" else word for word in command.split()]
    times: list[float] = []
    for _ in range(5):
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-m", "nlc", *words], cwd=ROOT, capture_output=True, check=True)
        times.append(time.perf_counter() - begun)
        if len(times) > 1 and min(times) < BUDGET[command]:
            break
    best = min(times)
    with capsys.disabled():
        print(f"\n  nlc {command.split()[0]:<8} {best:.2f} s (aim {BUDGET[command]:.1f} s)", end="")
    assert best < SLACK * BUDGET[command]
