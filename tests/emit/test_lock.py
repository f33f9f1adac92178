"""`nl.lock`: what it says, what it leaves out, and what `--locked` holds to."""

import tomllib
from pathlib import Path

import pytest

from nlc.check import check
from nlc.emit import compared, emit, lock_of, parse, write, write_locked
from nlc.emit.locked import Differs
from nlc.emit.lockfile import templates
from nlc.failure import Failure
from nlc.lower import lower
from nlc.read import read

SPEC = """nl 1
use "part.nl" (inner)
dim d = 8
param rate = 0.1 in log(1e-3, 1)

block layer(x: [T d]) {
  memory m(x) {
    structure: matrix
    objective: l2
    optimizer: sgd(lr=rate)
    update: every token
  }
  return inner(m(x))
}

schedule torch {
  layer.m: tile(tokens=16)
}
"""
PART = "nl 1\nblock inner(x) {\n  return x + silu(x)\n}\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.nl").write_text(SPEC)
    (tmp_path / "part.nl").write_text(PART)
    return tmp_path


def made(path: str = "a.nl", **settings: str) -> dict[str, str]:
    return emit(lower(check(read(path), settings)))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_it_says_what_was_made_from_what(project: Path):
    package = made(rate="0.2")
    data = tomllib.loads(package["nl.lock"])
    assert (data["spec"], data["language"], data["backend"]) == ("a.nl", 1, "torch")
    assert data["settings"] == {"rate": "0.2"}
    assert set(data["sources"]) == {"a.nl", "part.nl"}
    assert set(data["files"]) == package.keys() - {"nl.lock"}
    assert data["templates"] == templates("torch")
    found = parse(package["nl.lock"])
    assert found is not None and found.text() == package["nl.lock"]


def test_it_knows_nothing_of_the_machine(project: Path):
    here, away = made("a.nl"), made(str(project / "a.nl"))
    assert str(project) not in away["nl.lock"]
    assert here == away


@pytest.mark.parametrize("name", ['we "said" so.nl', "tab\there.nl", "日本.nl"])
def test_any_file_name_is_written_so_that_it_can_be_read(project: Path, name: str):
    (project / name).write_text(SPEC)
    assert tomllib.loads(made(name)["nl.lock"])["spec"] == name


CHANGES = {
    "comment": ("a.nl", "use", "# more\nuse", [], "mathematics unchanged, schedule unchanged"),
    "maths": ("a.nl", "l2", "dot", ["mathematics"], "mathematics changed, schedule unchanged"),
    "used": ("part.nl", "silu", "gelu", ["mathematics"], "mathematics changed, schedule unchanged"),
    "schedule": ("a.nl", "=16", "=32", ["schedule"], "mathematics unchanged, schedule changed"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_told_by_its_kind(project: Path, change: str):
    write(made(), project / "out")
    before = {path.name: path.read_text() for path in (project / "out").iterdir()}
    file, old, new, what, words = CHANGES[change]
    edit(project / file, old, new)
    now = parse(made()["nl.lock"])
    then = lock_of(project / "out")
    assert now and then and compared(then, now) == words
    with pytest.raises(Differs) as differs:
        write_locked(made(), project / "out")
    found = [difference["what"] for difference in differs.value.facts["differences"]]
    assert found == what if what else "spec.nl" in found
    assert all(name in str(differs.value) for name in found) and differs.value.code == 1
    assert {path.name: path.read_text() for path in (project / "out").iterdir()} == before


def test_settings_versions_and_templates_are_held_to(project: Path, monkeypatch: pytest.MonkeyPatch):
    write(made(), project / "out")
    with pytest.raises(Differs, match=r"rate=0\.3"):
        write_locked(made(rate="0.3"), project / "out")
    monkeypatch.setattr("nlc.emit.lockfile.templates", lambda _: "0" * 64)
    with pytest.raises(Differs, match="templates"):
        write_locked(made(), project / "out")
    monkeypatch.undo()
    monkeypatch.chdir(project)
    monkeypatch.setattr("nlc.emit.lockfile.version", lambda _: "9.9.9")
    with pytest.raises(Differs, match=r"was \S+, would be 9\.9\.9"):
        write_locked(made(), project / "out")


def test_locked_writes_what_is_missing_and_nothing_else(project: Path):
    out = project / "out"
    write(made(), out)
    assert set(write_locked(made(), out).values()) == {"unchanged"}
    (out / "model.py").unlink()
    assert write_locked(made(), out)["model.py"] == "new"
    assert (out / "model.py").read_text() == made()["model.py"]
    (out / "model.py").write_text("# mine\n")
    (out / "state.py").unlink()
    with pytest.raises(Differs, match=r"model.py was edited"):
        write_locked(made(), out)
    assert not (out / "state.py").exists()


def test_locked_does_not_mind_how_the_spec_is_named(project: Path):
    write(made("a.nl"), project / "out")
    before = (project / "out" / "nl.lock").read_text()
    assert set(write_locked(made("../" + project.name + "/a.nl"), project / "out").values()) == {"unchanged"}
    assert (project / "out" / "nl.lock").read_text() == before


def test_locked_needs_a_lock(project: Path):
    with pytest.raises(Failure, match=r"no nl.lock"):
        write_locked(made(), project / "out")
    assert not (project / "out").exists()
