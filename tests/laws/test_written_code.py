"""What is written reads as if a person had: `ruff format` changes nothing, `ruff check` finds nothing."""

import subprocess
import sys

from compiled import FOLDER, SIZES, compiled, example
from hypothesis import HealthCheck, Phase, given, settings
from specs import levels, one_memory, self_modifying, several_memories


def drawn(strategy, count):
    texts = []

    @settings(
        max_examples=count,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy())
    def draw(text):
        texts.append(text)

    draw()
    return texts


def ruff(folders, *arguments):
    command = [sys.executable, "-m", "ruff", *arguments, "--isolated", "--no-cache", "--line-length", "110"]
    return subprocess.run([*command, *folders], capture_output=True, text=True, check=False)


def test_generated_code_is_formatted_and_clean():
    """The examples and some drawn specs, the same in every run."""
    found = [example(name) for name in SIZES]
    for strategy in (one_memory, several_memories, self_modifying, levels):
        found += [compiled(text) for text in drawn(strategy, 6)]
    folders = sorted({str(FOLDER / each.name) for each in found})
    formatted = ruff(folders, "format", "--diff")
    assert formatted.returncode == 0, formatted.stdout[:4000]
    checked = ruff(folders, "check", "--select", "E,F,I", "--ignore", "E741,E501")
    assert checked.returncode == 0, checked.stdout[:4000]
