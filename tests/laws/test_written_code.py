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


def ruff(*arguments):
    command = [sys.executable, "-m", "ruff", *arguments, "--isolated", "--no-cache", "--line-length", "110"]
    return subprocess.run([*command, str(FOLDER)], capture_output=True, text=True, check=False)


def test_generated_code_is_formatted_and_clean():
    """The examples and some drawn specs, all in one run; plus whatever else this run has compiled."""
    for name in SIZES:
        example(name)
    for strategy in (one_memory, several_memories, self_modifying, levels):
        for text in drawn(strategy, 6):
            compiled(text)
    formatted = ruff("format", "--diff")
    assert formatted.returncode == 0, formatted.stdout[:4000]
    checked = ruff("check", "--select", "E,F,I", "--ignore", "E741,E501")
    assert checked.returncode == 0, checked.stdout[:4000]
