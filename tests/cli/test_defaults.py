"""`nlc show --defaults`: the same system, said in full."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from nlc.check.draft import FIELDS
from nlc.cli import main
from nlc.report import SpecError
from nlc.run.stages import Stages
from nlc.source import Source

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.nl")) + sorted((ROOT / "grammar" / "init").glob("*.nl"))
CURED = [
    pytest.param(text, id=page.stem)
    for page in sorted((ROOT / "grammar" / "errors").glob("E0[2-4]*.md"))
    for text in re.findall(r"^## Cured\n+```nl\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S)
]


@pytest.fixture
def show(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def call(*words):
        with pytest.raises(SystemExit) as ended:
            main.run(["show", "--defaults", *map(str, words)])
        out, err = capsys.readouterr()
        assert not ended.value.code, err
        return out

    return call


def plan(made: Stages):
    """All that is decided, without the text of the spec."""
    lowered = made.plan
    blocks = [
        replace(block, text="", memories=tuple(replace(m, text="") for m in block.memories))
        for block in lowered.blocks
    ]
    return blocks, lowered.parameters, lowered.state_bytes, lowered.flops, made.system.training


def text(of: str, name: str = "full.nl") -> Stages:
    return Stages(Path(name), text=Source(name, of))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_it_is_the_same_system(show, path):
    out = show(path)
    before, after = Stages(path), text(out)
    assert plan(after) == plan(before)
    assert after.system.report.text() == before.system.report.text() == ""
    full = text(show(path, "--yaml"), "full.yaml")
    assert full.system.semantic_hash == after.system.semantic_hash
    for comment in re.findall("#.*", path.read_text(encoding="utf-8")):
        assert comment[2:] in out


@pytest.mark.parametrize("spec", CURED)
def test_cured_specs_stay_cured(show, tmp_path, spec):
    (tmp_path / "a.nl").write_text(spec)
    try:
        before = plan(Stages(tmp_path / "a.nl"))
    except SpecError:  # a page of another stage, or of several files
        pytest.skip("not planned")
    again = show("a.nl")
    assert plan(text(again)) == before


SPEC = """nl 1
dim vocab = 256, d = 32
param goal = huber(delta=0.5) in {l2, huber(delta=0.5)}
block f(x) {
  memory m(x) { structure: matrix  objective: goal  optimizer: dgd(lr=0.1)  update: every token }
  return x + (m(norm(x)) |> conv |> linear)
}
model lm(ids: [T]) { objective: next_token  return embed(ids, d) |> f |> norm |> unembed }
"""


def test_what_is_filled_in(show, tmp_path, golden):
    (tmp_path / "a.nl").write_text(SPEC)
    out = show("a.nl", "--set", "d=64")
    golden(out)
    assert plan(text(out)) == plan(Stages(tmp_path / "a.nl", settings={"d": "64"}))
    memory = out[out.index("memory") :]
    assert all(re.search(rf"^ +{name}:", memory, re.M) for name in FIELDS if name != "anchor")
    assert json.loads(show("a.nl", "--json"))["stage"] == "defaults"


def test_yaml_needs_defaults(capsys):
    with pytest.raises(SystemExit) as ended:
        main.run(["show", str(EXAMPLES[0]), "--yaml"])
    assert ended.value.code == 2 and "--defaults" in capsys.readouterr().err
