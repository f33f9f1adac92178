"""The first ten minutes of three people: the scripts of docs/first, run as they say."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

FIRST = Path(__file__).parents[1] / "docs" / "first"
BIN = Path(sys.executable).parent


def told(folder: Path, *command: str) -> str:
    """What the command prints, with this environment's `nlc` and few steps."""
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    given = {
        **os.environ,
        "PATH": path,
        "STEPS": "3",
        "OMP_NUM_THREADS": "1",
        "NLC_CACHE": str(folder / "cache"),
    }
    done = subprocess.run(
        command, cwd=folder, env=given, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.timeout(300)
def test_a_researcher(tmp_path: Path):
    out = told(tmp_path, "bash", str(FIRST / "researcher.sh"))
    assert "~ titans.ltm  objective  l2 → huber(delta=1.0, by=number)" in out
    assert "-momentum(" in out and "+sgd(" in out, "both lines of the idea are mathematics"
    assert (tmp_path / "idea.svg").read_text().startswith("<svg")
    assert all((tmp_path / "runs" / name / "checkpoint.safetensors").exists() for name in ("before", "idea"))


@pytest.mark.timeout(300)
def test_an_engineer(tmp_path: Path):
    told(tmp_path, "nlc", "init", "layer", "--from", "deltanet")
    out = told(tmp_path, sys.executable, str(FIRST / "engineer.py"), "layer.nl")
    assert "exported at 48 tokens, run at 100" in out
    assert "saved and gone on with" in out


@pytest.mark.timeout(300)
def test_a_student(tmp_path: Path):
    out = told(tmp_path, "bash", str(FIRST / "student.sh"))
    before, _, after = out.partition("def deltanet__delta_write")
    assert "½‖M(k) − v‖²" in before, "the equation"
    assert "objective: l2" in before, "the line of the spec"
    assert "loss = 0.5 * (p - v) * (p - v)" in after, "the emitted loop"
    assert "−⟨M(k), v⟩" in after, "another objective, another equation"
    assert (tmp_path / "first.svg").read_text().startswith("<svg")
