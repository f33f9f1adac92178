"""Packages with kernels: what is written, that it reads well, and that it runs where there is no Triton."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from nlc import load
from nlc.run.load import build

EXAMPLES = Path(__file__).parents[2] / "examples"
WITHOUT = """
import importlib.abc, sys
class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "triton":
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == "triton" else found(name, *rest)
sys.path.insert(0, sys.argv[1])
import torch, made
model = made.build()
y, _ = model(torch.randint(0, 256, (1, 9)))
assert y.shape == (1, 9, 256) and "triton" not in sys.modules
"""


def files(name: str) -> dict[str, str]:
    return load(EXAMPLES / f"{name}.nl").files("triton")


def of_kernels(file: str) -> bool:
    return file in ("device.py", "alone.py") or file.startswith(("kernels_", "step_", "chains"))


@pytest.mark.parametrize("name", ["gated_deltanet", "mamba2", "hope", "samba"])
def test_kernels_stand_beside_the_torch_code(name: str):
    plain, more = load(EXAMPLES / f"{name}.nl").files("torch"), files(name)
    added = set(more) - set(plain)
    assert all(map(of_kernels, added))
    assert {file for file in plain if plain[file] != more[file]} <= {"memories.py", "model.py", "nl.lock"}
    for line in set(more["memories.py"].splitlines()) - set(plain["memories.py"].splitlines()):
        assert "on_device" in line or "by_step" in line, line


def test_emitted_kernels_are_formatted_and_clean(tmp_path: Path):
    for path in sorted(EXAMPLES.glob("*.nl")):
        for file, text in files(path.stem).items():
            if of_kernels(file):
                (tmp_path / f"{path.stem}_{file}").write_text(text, encoding="utf-8")
    for words in (["format", "--diff"], ["check", "--select", "E,F,I"]):
        command = [sys.executable, "-m", "ruff", *words, "--isolated", "--no-cache", "--line-length", "110"]
        done = subprocess.run([*command, str(tmp_path)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[:3000]


def test_a_package_runs_without_triton(tmp_path: Path):
    folder = tmp_path / "made"
    folder.mkdir()
    for file, text in files("gated_deltanet").items():
        (folder / file).write_text(text, encoding="utf-8")
    command = [sys.executable, "-c", WITHOUT, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_locked_keeps_the_backend(nlc, tmp_path: Path):
    spec, out = str(EXAMPLES / "deltanet.nl"), str(tmp_path / "out")
    assert nlc("compile", spec, "-o", out, "--backend", "triton")[0] == 0
    code, told, _ = nlc("compile", spec, "-o", out, "--locked", "--json")
    assert code == 0
    assert set(json.loads(told)["files"].values()) == {"unchanged"}


@pytest.mark.filterwarnings("ignore")  # torch's compilers warn of themselves
def test_a_compiled_model_launches_the_same_kernels():
    pytest.importorskip("triton", reason="Triton is not installed")
    import torch
    from served import Served, gap, worst

    small = load(EXAMPLES / "deltanet.nl", layers=1, d=32, heads=2, vocab=16)
    found = Served(build(small.files("triton")))
    model, ids = found.module(), torch.randint(0, 16, (1, 20))
    with found.launched():
        plain = model(ids)[0]
        plain.sum().backward()
        wanted = [p.grad.clone() for p in model.parameters()]
        model.zero_grad()
        compiled = torch.compile(model, backend="eager")(ids)[0]
        compiled.sum().backward()
    assert gap(compiled, plain) < 1e-6  # lines that would be one launch are left to the compiler
    assert worst([p.grad for p in model.parameters()], wanted) < 1e-6
