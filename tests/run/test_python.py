"""The Python surface: what the commands print, as values; modules that torch can work with."""

import base64
import copy
import json
import re
import subprocess
import sys
import traceback
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import torch
import typer.testing

import nlc
from nlc.cli.main import app

ROOT = Path(__file__).parents[2]
DELTANET = str(ROOT / "examples/deltanet.nl")
CMS = str(ROOT / "examples/cms.nl")
NAMES = ("deltanet", "titans")
SMALL = {"vocab": 24, "d": 16, "heads": 2}


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NLC_CACHE", str(tmp_path / "nlc"))


def said(*words: str) -> str:
    """What a command prints."""
    return typer.testing.CliRunner().invoke(app, words).stdout


def told(*words: str) -> dict[str, Any]:
    """What a command tells programs, without what it says of the spec beside."""
    answer = json.loads(said(*words, "--json"))
    assert answer.pop("diagnostics") == []
    return answer


def test_results_are_those_of_the_commands():
    system = nlc.load(CMS)
    assert repr(system.plan()) + "\n" == said("plan", CMS)
    assert dict(system.plan()) == told("plan", CMS)
    assert repr(system.levels) + "\n" == said("graph", CMS)
    assert dict(system.levels) == told("graph", CMS)
    for form in ("text", "mermaid", "dot", "svg"):
        assert system.graph(form) == said("graph", CMS, "--format", form)
    assert dict(system.plan(length=512)) == told("plan", CMS, "--length", "512")
    shown = told("show", CMS)["text"]
    assert shown.startswith(f"{system.kind} {system.name}  {system.semantic_hash}")
    assert repr(system) == (
        "<model lm 5 levels · 4 memories · 12 parameters and starts as memories of their own, "
        f"spec {system.semantic_hash[:16]}>"
    )


def test_settings_are_written_as_python_has_them(tmp_path: Path):
    spec = tmp_path / "a.nl"
    spec.write_text(
        Path(CMS)
        .read_text()
        .replace("residual=true", "residual=short")
        .replace("param fast ", "param short  = true in {true, false}\nparam fast ")
    )
    system = nlc.load(spec, rate=1e-5, fast=16, short=False)
    words = ("--set", "rate=1e-5", "--set", "fast=16", "--set", "short=false")
    assert dict(system.plan()) == told("plan", str(spec), *words)
    assert nlc.load(spec, rate=0.00001, fast="16", short="false").semantic_hash == system.semantic_hash
    with pytest.raises(nlc.SpecError, match="E0404"):
        nlc.load(spec, nothing=1)


def test_text_and_files_say_the_same():
    text = Path(DELTANET).read_text()
    yaml = Path(DELTANET).with_suffix(".yaml").read_text()
    found = {
        nlc.load(DELTANET, **SMALL).semantic_hash,
        nlc.loads(text, **SMALL).semantic_hash,
        nlc.loads(yaml, "spec.yaml", **SMALL).semantic_hash,
    }
    assert len(found) == 1
    with pytest.raises(nlc.SpecError, match="budget"):
        nlc.loads(text, budget="parameters=10")
    with pytest.raises(ValueError, match="there are items, nesting, parameters, state_bytes"):
        nlc.loads(text, budget="money=10")
    with pytest.raises(FileNotFoundError):
        nlc.load("absent.nl")


def test_unknown_words_name_the_known_ones():
    system = nlc.load(DELTANET, **SMALL)
    for wrong in (lambda: system.plan("jax"), lambda: nlc.compile(system, backend="jax")):
        with pytest.raises(
            ValueError, match="there is no backend `jax`; there are `auto`, `torch` and `triton`"
        ):
            wrong()
    with pytest.raises(ValueError, match=r"`text`, `mermaid`, .* and `json`, not as `png`"):
        system.graph("png")  # pyright: ignore
    with pytest.raises(AttributeError, match="nlc"):
        _ = nlc.nothing  # pyright: ignore


def test_looking_loads_no_torch():
    code = (
        f"import sys, nlc; s = nlc.load({DELTANET!r}); s.plan(); s.graph('svg'); s._repr_html_();"
        "nlc.System; print(sorted({'torch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_system_is_built_once_and_its_models_are_apart():
    system = nlc.load(DELTANET, **SMALL)
    one, other = nlc.compile(system), nlc.compile(nlc.load(DELTANET, **SMALL), backend="torch")
    assert (
        type(one)
        is type(other)
        is type(nlc.compile(nlc.loads(Path(DELTANET).read_text(), "deltanet.nl", **SMALL)))
    )
    assert type(one) is not type(nlc.compile(nlc.load(DELTANET, **SMALL, layers=1)))
    assert not {p.data_ptr() for p in one.parameters()} & {p.data_ptr() for p in other.parameters()}
    assert sum(p.numel() for p in one.parameters()) == system.plan()["parameters"]


def test_torch_can_copy_and_compile_a_model():
    torch.manual_seed(0)
    model = nlc.compile(nlc.load(DELTANET, **SMALL, layers=1))
    ids = torch.randint(0, 24, (2, 30))
    copied = copy.deepcopy(model)
    scores, state = model(ids)
    assert copied(ids)[0].equal(scores)
    with torch.no_grad():
        next(copied.parameters()).add_(1)
    assert not copied(ids)[0].equal(scores)
    quick = torch.compile(model, backend="eager")
    again, after = quick(ids)
    torch.testing.assert_close(again, scores)
    torch.testing.assert_close(after.tensors(), state.tensors())


def test_a_traceback_shows_the_emitted_lines(tmp_path: Path):
    system = nlc.load(DELTANET, **SMALL, layers=3)  # built by no other test, so in this test's folder
    model = nlc.compile(system)
    for file in (tmp_path / "nlc").rglob("*.py"):
        file.write_text("# other lines\n" * 500)
    with pytest.raises(IndexError) as caught:
        model(torch.full((1, 3), 24))
    emitted = [f for f in traceback.extract_tb(caught.tb) if Path(f.filename).is_relative_to(tmp_path)]
    assert len(emitted) >= 2
    for frame in emitted:
        line = system.files()[Path(frame.filename).name].splitlines()[frame.lineno - 1]
        assert frame.line == line.strip()


def test_a_state_of_another_model_is_refused():
    deltanet, titans = (nlc.compile(nlc.load(DELTANET.replace("deltanet", n), **SMALL)) for n in NAMES)
    for wrong in (titans.begin(1), (1, 2), {"position": 3}):
        with pytest.raises(ValueError, match="this is no state of this model"):
            deltanet(torch.zeros(1, 3, dtype=torch.int64), wrong)
    deltanet(torch.zeros(1, 3, dtype=torch.int64), copy.deepcopy(deltanet).begin(1))


class Tags(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_notebook_shows_levels_and_figures():
    system = nlc.load(CMS)
    plan = system.plan()
    first = repr(plan).partition("\n")[0]
    for shown, what in ((system, "(model)"), (nlc.compile(system), "(compiled model, float32 on cpu)")):
        page = Tags(shown._repr_html_())
        assert {tag for tag, _ in page.tags} <= {"div", "p", "strong", "br", "img"}
        assert "lm " + what in page.text
        for figure in first.removeprefix("lm  ").split(" · "):
            assert figure in page.text, figure
        (picture,) = (attributes for tag, attributes in page.tags if tag == "img")
        kind, _, data = str(picture["src"]).partition(",")
        assert kind == "data:image/svg+xml;base64"
        assert base64.b64decode(data).decode() == system.graph("svg")
        assert picture["alt"] == repr(system.levels).partition("\n")[0]
    ElementTree.fromstring(system.graph("svg"))
    assert system.graph("svg")._repr_html_().startswith("<img ") and system.graph()._repr_html_() is None


def test_what_a_spec_says_is_escaped():
    """Warnings quote the spec, and a comment may say anything."""
    text = (
        "nl 1\ndim d = 8\nblock layer(x: [T d]) {\n  memory m(x) { # <script>alert(1)</script>\n"
        "    structure: matrix() objective: l2 optimizer: sgd(lr=0.1) update: every token\n  }\n"
        "  return m.read(x)\n}\n"
    )
    system = nlc.loads(text)
    assert "<script>" in system.report.text()
    page = system._repr_html_()
    assert "<script" not in page and "&lt;script&gt;alert(1)" in page
    assert "script" not in {tag for tag, _ in Tags(page).tags}


def test_the_page_about_python_runs(tmp_path: Path):
    page = (ROOT / "docs/python.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^<!-- run -->\n```python\n(.*?)^```$", page, re.M | re.S)
    assert len(blocks) == page.count("```python") >= 5
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "\n".join(blocks)], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "belongs to another spec" in done.stdout and "E0404" in done.stdout


def test_a_layer_of_another_width_is_told():
    layer = nlc.compile(nlc.load(DELTANET, block="deltanet", d=32, heads=2))
    with pytest.raises(ValueError, match=r"expected \(batch, tokens, 32\).*got \(1, 4, 16\)"):
        layer(torch.randn(1, 4, 16))


def test_compile_takes_a_path_too():
    assert nlc.compile(DELTANET).loss(torch.zeros(1, 3, dtype=torch.int64)) > 0


def test_dir_lists_what_is_public():
    assert dir(nlc) == sorted(nlc.__all__)
