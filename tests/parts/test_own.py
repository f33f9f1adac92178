"""Parts of one's own: one file, named on the command line or offered by a distribution, never by a spec."""

import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

import nlc
from nlc.check import check
from nlc.lock import semantic_hash
from nlc.lower import lower
from nlc.parts import own, registry
from nlc.parts.own import PartError
from nlc.read import read_text
from nlc.report import SpecError
from nlc.write.expr import print_expr

pytestmark = pytest.mark.usefixtures("clean")

MINE = '''
"""Parts of my own."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from nlc.parts.part import Fraction, Init, Objective, Optimizer, Pointwise, Rate, Retention, Structure


class Welsch(Objective):
    """Outliers write next to nothing. Source: Dennis and Welsch, 1978."""

    name = "welsch"
    equation = "½c²(1 − exp(−‖M(k) − v‖²/c²))"
    width: Annotated[float, Field(gt=0)] = 1.0

    def expression(self):
        return f"{0.5 * self.width**2!r} * (1 - exp(-(p - v) * (p - v) / {self.width**2!r}))"


class Fickle(Objective):
    """A loss for some arguments only. Source: elementary."""

    name = "fickle"
    power: float = 2.0

    def expression(self):
        if self.power < 0:
            raise ValueError("no such power")
        return f"{self.power!r} * (p - v) * (p - v)"


class Mish(Pointwise):
    """x tanh(softplus(x)). Source: arXiv:1908.08681."""

    name = "mish"
    means = "x * tanh(softplus(x))"


class Leaky(Pointwise):
    """A ReLU that lets a part through. Source: elementary."""

    name = "leaky"
    means = "relu(x) - slope * relu(-x)"
    slope: float = 0.1


class Ema(Optimizer):
    """Momentum as a mean. Source: elementary."""

    name = "ema"
    means = "momentum(lr=lr * (1 - beta), beta=beta)"
    streams = {"lr": "rate", "beta": "beta"}
    lr: Rate
    beta: Fraction = 0.9


class Deep(Structure):
    """Three layers. Source: elementary."""

    name = "deep"
    means = "mlp(depth=3, expansion=expansion, residual=true, heads=heads, out=out)"
    expansion: float = 2.0
    out: int | None = None


class Half(Retention):
    """Half of it. Source: elementary."""

    name = "half"
    means = "keep(0.5, to=init)"


class Nought(Init):
    """Zeros. Source: elementary."""

    name = "nought"
    means = "zeros"
'''

SPEC = """nl 1
dim d = 16
block layer(x: [T d]) {
  memory m(x) {
    structure: %(structure)s
    objective: %(objective)s
    optimizer: %(optimizer)s
    retention: %(retention)s
    update:    every token
    anchor:    every 4 tokens
    init:      %(init)s
  }
  return m(x %(pipe)s)
}
"""
PLAIN = {
    "structure": "matrix(heads=2)",
    "objective": "l2",
    "optimizer": "sgd(0.1)",
    "retention": "keep(0.9)",
    "init": "zeros",
    "pipe": "",
}


def spec(**words: str) -> str:
    return SPEC % (PLAIN | words)


@pytest.fixture
def mine(tmp_path: Path, clean: None) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(MINE, encoding="utf-8")
    registry.add([path])
    return path


def system(text: str):
    return check(read_text(text))


SAME = [
    ({"structure": "deep(heads=2)", "init": "learned"}, "mlp(2, depth=3, expansion=2.0, residual=true)"),
    ({"structure": "deep(1, 1.0)", "init": "learned"}, "mlp(1, depth=3, expansion=1.0, residual=true)"),
    ({"optimizer": "ema(0.5, beta=0.8)"}, "momentum(0.5 * (1 - 0.8), beta=0.8)"),
    ({"optimizer": "ema(lr=linear(x, 2) |> exp)"}, "momentum((linear(x, 2) |> exp) * (1 - 0.9), 0.9)"),
    ({"retention": "half", "init": "learned"}, "keep(0.5, to=init)"),
    ({"init": "nought"}, "zeros"),
    ({"objective": "minimize(mish(p - v))"}, "minimize((p - v) * tanh(softplus(p - v)))"),
    ({"objective": "minimize(leaky(p - v, 0.5))"}, "minimize(relu(p - v) - 0.5 * relu(-(p - v)))"),
    ({"pipe": "|> mish"}, None),
]  # fmt: skip


@pytest.mark.parametrize(("own", "shipped"), SAME, ids=lambda words: str(words)[:40])
@pytest.mark.usefixtures("mine")
def test_a_part_is_what_it_means(own: dict[str, str], shipped: str | None):
    """The same plan, whichever of the two is written."""
    field = next(iter(own))
    mine, plain = spec(**own), spec(**own | {field: shipped or ""})
    if shipped is None:
        mine = mine.replace("x |> mish", "mish(x)")
        plain = mine.replace("mish(x)", "x * tanh(softplus(x))")
    first, second = (lower(system(text)).blocks[-1] for text in (mine, plain))
    for a, b in zip(first.memories, second.memories, strict=True):
        assert (a.family, a.sizes, a.rate, a.beta, a.keep, a.keep_to) == (
            b.family, b.sizes, b.rate, b.beta, b.keep, b.keep_to,
        )  # fmt: skip
        assert (a.residual, a.slope, a.buffers) == (b.residual, b.slope, b.buffers)
    assert [(v.op, v.args, v.shape, v.attributes, v.roles) for v in _values(mine)] == [
        (v.op, v.args, v.shape, v.attributes, v.roles) for v in _values(plain)
    ]


def _values(text: str):
    return system(text).outermost.values


@pytest.mark.usefixtures("mine")
def test_an_objective_is_differentiated():
    plan = lower(system(spec(objective="welsch(2.0)"))).blocks[-1].memories[0]
    assert plan.residual is not None
    assert "exp" in print_expr(plan.residual)
    assert plan.slope is None and plan.family == "dual"


@pytest.mark.usefixtures("mine")
def test_names_of_the_spec_never_reach_what_a_part_means():
    own = "param keep = l2 in {l2, dot}\nblock tanh(x: [T d]) {\n  return x\n}\n"
    text = spec(optimizer="ema(0.5)", retention="half", init="learned").replace("m(x ", "m(mish(x)")
    text = text.replace("dim d = 16", f"dim d = 16, momentum = 3, softplus = 2\n{own}")
    block = system(text).outermost
    memory = block.memories[0]
    assert (memory.optimizer.name, memory.rate) == ("momentum", pytest.approx(0.05))
    assert (memory.retention.name, memory.keep) == ("keep", 0.5)
    assert [value.op for value in block.values][1:4] == ["softplus", "tanh", "mul"]


WRONG = [
    ({"optimizer": "ema(-1)"}, "E0407", "`lr` of `ema` cannot be `-1`"),
    ({"optimizer": "ema(lr=0.1, beta=linear(x, 2) |> sigmoid)"}, "E0407", "`beta` of `ema` must be known"),
    ({"optimizer": "ema(rate=0.1)"}, "E0403", "`rate`"),
    ({"objective": "welsch(0)"}, "E0407", "`width` of `welsch` cannot be `0`"),
    ({"objective": "minimize(leaky(p - v))"}, "E0403", "`leaky` in an objective takes 2 arguments"),
    ({"objective": "minimize(" + "mish(" * 12 + "p" + ")" * 12 + ")"}, "E0422", "too large"),
    ({"pipe": "|> leaky(0.1, 0.2)"}, "E0403", "`leaky` takes fewer arguments"),
    ({"objective": "fickle(-1.0)"}, "E0422", "`fickle` cannot be used"),
    ({"objective": "welch"}, "E0401", "unknown objective `welch`"),
]


@pytest.mark.parametrize(("words", "code", "says"), WRONG, ids=[says for _, _, says in WRONG])
@pytest.mark.usefixtures("mine")
def test_a_wrong_use_is_said_at_its_place(words: dict[str, str], code: str, says: str):
    with pytest.raises(SpecError) as wrong:
        system(spec(**words))
    found = wrong.value.report.errors[0]
    assert found.code == code
    assert says in found.message
    assert found.label.span.source.name == "spec.nl"


def test_the_hash_knows_the_file(mine: Path):
    """Only a spec that names an own part depends on its file."""
    plain, using = read_text(spec()), read_text(spec(objective="welsch"))
    assert check(plain).semantic_hash == semantic_hash(plain)
    first = check(using).semantic_hash
    assert first not in (semantic_hash(using), check(plain).semantic_hash)
    registry.add([mine])
    assert check(using).semantic_hash == first
    mine.write_text(MINE.replace("= 1.0", "= 2.0"), encoding="utf-8")
    registry.add([mine])
    assert check(using).semantic_hash != first
    assert check(plain).semantic_hash == semantic_hash(plain)


HEAD = 'from nlc.parts.part import *\nclass Mine({base}):\n    """What it does."""\n    name = "mine"\n'
BROKEN = {
    "no part": ("x = 1\n", "no part in it"),
    "syntax": ("class Mine(:\n", "mine.py:1: invalid syntax"),
    "an exception": ("x = 1\ny = 1 / 0\n", "mine.py:2: ZeroDivisionError"),
    "no docstring": (
        "from nlc.parts.part import *\nclass Mine(Objective):\n    name = 'mine'\n    loss = 'p - v'\n",
        "class Mine: it has no docstring",
    ),
    "no name": (
        "from nlc.parts.part import *\nclass Mine(Objective):\n    '''It.'''\n    loss = 'p - v'\n",
        "it has no name",
    ),
    "a bad name": (HEAD.format(base="Objective").replace('"mine"', '"my loss"'), "cannot be a name"),
    "no loss": (HEAD.format(base="Objective"), "it has no loss"),
    "no meaning": (HEAD.format(base="Optimizer"), "it does not say what it means"),
    "a layer": (HEAD.format(base="Op"), "a block, written in the language"),
    "a loss that fails": (
        HEAD.format(base="Objective") + "    def expression(self):\n        return 1 / 0\n",
        "its loss ends in ZeroDivisionError",
    ),
    "a loss that does not read": (HEAD.format(base="Objective") + "    loss = 'p -'\n", "cannot be read"),
    "a strange name": (HEAD.format(base="Objective") + "    loss = 'p - q'\n", "`q` is none of `p`, `v`"),
    "no prediction": (HEAD.format(base="Objective") + "    loss = 'v * v'\n", "`p` does not stand in it"),
    "an unknown op": (
        HEAD.format(base="Pointwise") + "    means = 'tanhh(x)'\n",
        "there is no op `tanhh`; did you mean `tanh`?",
    ),
    "no pointwise op": (HEAD.format(base="Pointwise") + "    means = 'l2norm(x)'\n", "is not pointwise"),
    "itself": (HEAD.format(base="Pointwise") + "    means = 'mine(x) + 1'\n", "would mean itself"),
    "an unknown part": (
        HEAD.format(base="Optimizer") + "    means = 'momentun(lr=1)'\n",
        "did you mean `momentum`?",
    ),
    "an unknown argument": (
        HEAD.format(base="Optimizer") + "    means = 'momentum(rate=1)'\n",
        "`momentum` has no argument `rate`",
    ),
    "a name that nlc has": (
        HEAD.format(base="Objective").replace('"mine"', '"huber"') + "    loss = 'p * v'\n",
        "objective `huber` is given twice: by",
    ),
}


@pytest.mark.parametrize(("text", "says"), BROKEN.values(), ids=BROKEN)
def test_a_part_file_that_cannot_be_used_says_why(text: str, says: str, tmp_path: Path):
    path = tmp_path / "mine.py"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PartError) as wrong:
        registry.add([path])
    assert says in str(wrong.value)
    assert "mine.py" in str(wrong.value)
    assert not registry.owners()


def test_a_clash_names_both_files(mine: Path, tmp_path: Path):
    other = tmp_path / "other.py"
    other.write_text(
        HEAD.format(base="Objective").replace('"mine"', '"welsch"') + "    loss = 'p * v'\n", encoding="utf-8"
    )
    with pytest.raises(PartError) as wrong:
        registry.add([other])
    assert str(mine) in str(wrong.value) and str(other) in str(wrong.value)
    assert registry.owners()["objective", "welsch"].owner == str(mine)


def test_circles_through_two_parts_are_refused(tmp_path: Path):
    path = tmp_path / "two.py"
    one = HEAD.format(base="Pointwise") + "    means = 'yours(x)'\n"
    path.write_text(one + one.replace("yours", "mine").replace('"mine"', '"yours"').replace("Mine", "Yours"))
    with pytest.raises(PartError, match="would mean itself"):
        registry.add([path])


class _Distribution:
    name = "nl-robust"


def _entry(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    entry = EntryPoint("robust", module, "nlc.parts")
    vars(entry)["dist"] = _Distribution()
    monkeypatch.setattr(own, "entry_points", lambda group: [entry] if group == "nlc.parts" else [])
    monkeypatch.setattr(registry, "_begun", [])


def test_installed_parts_are_there_from_the_beginning(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "nl_robust_parts.py").write_text(MINE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    _entry(monkeypatch, "nl_robust_parts")
    assert "welsch" in registry.names("objective")
    assert registry.owners()["objective", "welsch"].owner == "nl-robust"
    system(spec(objective="welsch"))


def test_an_installed_part_that_fails_names_its_distribution(monkeypatch: pytest.MonkeyPatch):
    _entry(monkeypatch, "nl_no_such_module")
    for _ in range(2):
        with pytest.raises(PartError, match="distribution nl-robust cannot be loaded"):
            registry.names("objective")


def run(*words: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "nlc", *map(str, words)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def test_the_command_line_takes_part_files(tmp_path: Path):
    (tmp_path / "mine.py").write_text(MINE, encoding="utf-8")
    (tmp_path / "bad.py").write_text("x = 1\n", encoding="utf-8")
    (tmp_path / "spec.nl").write_text(spec(objective="welsch", optimizer="ema(0.1)"), encoding="utf-8")
    assert run("check", "spec.nl", folder=tmp_path).returncode == 1
    made = run("compile", "spec.nl", "--parts", "mine.py", "-o", "out", folder=tmp_path)
    assert made.returncode == 0, made.stderr
    assert not [path for path in (tmp_path / "out").glob("*.py") if "import nlc" in path.read_text()]
    assert not (tmp_path / "__pycache__").exists()
    wrong = run("check", "spec.nl", "--parts", "bad.py", folder=tmp_path)
    assert wrong.returncode == 2
    assert "bad.py: no part in it" in " ".join(wrong.stderr.split())
    assert "Traceback" not in wrong.stderr


def test_python_takes_part_files(tmp_path: Path):
    path, text = tmp_path / "mine.py", tmp_path / "spec.nl"
    path.write_text(MINE, encoding="utf-8")
    text.write_text(spec(objective="welsch"), encoding="utf-8")
    memory = nlc.load(text, parts=[path]).plan()["memories"][0]
    assert "welsch" in memory["rule"]
