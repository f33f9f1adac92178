"""Checking is fast, because it imports little."""

import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

import nlc

HOPE = Path(nlc.__file__).parents[1] / "examples" / "hope.nl"
HEAVY = ("jinja2", "lark", "networkx", "numpy", "rich", "sympy", "torch")
SCRIPT = f"""
import sys
from nlc.check import check
from nlc.read import read
check(read({str(HOPE)!r}))
print([name for name in {HEAVY!r} if name in sys.modules])
"""


def test_a_check_imports_nothing_heavy():
    found = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.mark.alone
def test_a_check_is_fast():
    """A loose bound here: this machine may be busy. The aim is 0.3 s for the whole command."""
    times: list[float] = []
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, check=True)
        times.append(time.perf_counter() - start)
    assert statistics.median(times) < 2.0
