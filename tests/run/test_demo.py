import json
import re
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest

from nlc.run.curve import curve, thin, ticks
from nlc.run.demo import demo
from nlc.run.folder import Folder
from nlc.run.progress import Lines
from nlc.run.report import Page
from nlc.run.train import Settings

STUB = Path(__file__).parent / "stub" / "__init__.py"


class Made:
    """Stages whose package is the stub."""

    path = Path("stub.nl")
    system = SimpleNamespace(name="stub", text="nl 1\n# <script>alert(1)</script>\n", semantic_hash="stub-1")
    levels = {"gru": "1, every 1 token"}  # noqa: RUF012
    diagram = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><text>x</text></svg>'
    files = {"__init__.py": STUB.read_text()}  # noqa: RUF012

    def write(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "__init__.py").write_text(self.files["__init__.py"])
        return [folder / "__init__.py"]


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    path = tmp_path_factory.mktemp("demo")
    (path / "text").write_bytes(b"one two three four five six seven eight nine ten. " * 80)
    settings = Settings(
        steps=30, minutes=2, batch=4, length=32, validate_every=10, data=(str(path / "text"),)
    )
    stream = StringIO()
    found = demo(Made(), Folder(path / "run"), settings, Lines(stream))
    return path / "run", found, stream.getvalue()


def test_the_result_has_exactly_what_was_promised(outcome):
    folder, _, shown = outcome
    result = json.loads((folder / "result.json").read_text())
    assert list(result) == ["val_bits_per_byte", "baselines", "parameters", "steps", "seconds"]
    assert list(result["baselines"]) == ["unigram", "bigram", "trigram"]
    assert result["steps"] == 30 and result["parameters"] > 10_000
    assert "bits/byte" in shown and "validation" in shown
    files = "checkpoint.safetensors metrics.jsonl package report.html result.json run.json spec.nl"
    assert " ".join(sorted(path.name for path in folder.iterdir())) == files


def test_the_report_loads_nothing_and_escapes_the_spec(outcome):
    folder, _, _ = outcome
    html = (folder / "report.html").read_text()
    assert "<script" not in html and "&lt;script&gt;" in html
    assert "default-src 'none'" in html
    assert not re.findall(r"""(?:src|href)=["'](?!data:)""", html) and "url(" not in html


@pytest.mark.parametrize(
    "nasty", ["</pre><script>x</script>", '"><img src=x onerror=y>', "&amp;", "\x00\u202e"]
)
def test_nothing_shown_becomes_markup(nasty):
    page = Page(nasty, nasty, [(nasty, 1.0)], "", [(1, 2.0)], [], nasty, nasty, nasty, {nasty: nasty})
    seen = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attributes: seen.append(tag)
    parser.feed(page.html())
    assert not {"script", "img"} & set(seen)


def test_ticks_are_round_and_enclose():
    assert ticks(0, 1000, 6) == [0, 200, 400, 600, 800, 1000]
    found = ticks(1.93, 7.2, 5)
    assert found[0] <= 1.93 and found[-1] >= 7.2 and len(found) <= 8
    assert len(ticks(3.0, 3.0, 5)) == 2


def test_a_curve_survives_little_data_and_averages_much():
    assert curve([], []) == ""
    assert "<polyline" not in curve([(1, 2.0)], [])
    assert len(thin([(i, 1.0) for i in range(1001)])) <= 400
    assert curve([(1, float("nan")), (2, 3.0), (3, 2.0)], [(2, 2.5)]).count("<polyline") == 1
