"""Colour is for terminals, and only where nobody said otherwise."""

import io
import re

import pytest

from nlc.check import check
from nlc.cli.colour import painted, wanted
from nlc.read import read_text
from nlc.report import SpecError


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


@pytest.mark.parametrize(
    ("stream", "setting", "painted"),
    [
        (Terminal(), {}, True),
        (io.StringIO(), {}, False),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"NO_COLOR": ""}, True),
        (Terminal(), {"TERM": "dumb"}, False),
        (io.StringIO(), {"FORCE_COLOR": "1"}, True),
        (io.StringIO(), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_who_gets_colour(monkeypatch, stream, setting, painted):
    for name, value in setting.items():
        monkeypatch.setenv(name, value)
    assert wanted(stream) is painted


def report() -> str:
    with pytest.raises(SpecError) as wrong:
        check(read_text("nl 1\nblock b(x: [T 4]) {\n\ty = lineer(x)\n  return y + z\n}\n", "a.nl"))
    return wrong.value.report.text()


def test_paint_changes_no_letter():
    text = report()
    shown = painted(text, Terminal())
    assert shown != text and re.sub(r"\x1b\[\d+m", "", shown) == text
    assert painted(text, io.StringIO()) == text


def test_severity_and_carets_are_in_one_hue():
    lines = painted(report(), Terminal()).splitlines()
    assert lines[0].startswith("\x1b[31m\x1b[1merror[E04")
    assert any("\x1b[31m" in line and "^" in line for line in lines[1:])
    assert painted("warning[W0401]: so", Terminal()).startswith("\x1b[33m")


def test_a_spec_paints_nothing_itself():
    """Control characters of a stranger's text never reach the terminal."""
    with pytest.raises(SpecError) as wrong:
        read_text("nl 1\nmemory m\x1b[31m { # \x9b31m\n}\n", "a.nl")
    assert not {"\x1b", "\x9b"} & set(wrong.value.report.text())
