"""How files reach a folder: all or none, and never over what nlc did not write."""

from functools import cache
from pathlib import Path

import pytest

from nlc.check import check
from nlc.emit import changes, emit, lock_of, write
from nlc.emit.write import STAGE, Refused
from nlc.lower import lower
from nlc.read import read

EXAMPLES = Path(__file__).parents[2] / "examples"


@cache
def files(name: str, **settings: str) -> dict[str, str]:
    return emit(lower(check(read(EXAMPLES / f"{name}.nl"), settings)))


def there(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir() if path.is_file()}


def test_write_leaves_what_is_not_its_own(tmp_path: Path):
    package = files("deltanet")
    (tmp_path / "notes.md").write_text("mine")
    (tmp_path / "inner").mkdir()
    assert set(changes(package, tmp_path).values()) == {"new"}
    assert set(write(package, tmp_path)) == set(package)
    assert (tmp_path / "inner").is_dir() and there(tmp_path) == {**package, "notes.md": "mine"}
    assert {path.name for path in tmp_path.iterdir()} == {*package, "notes.md", "inner"}


def test_what_is_the_same_stays(tmp_path: Path):
    package = files("deltanet")
    write(package, tmp_path)
    times = {name: (tmp_path / name).stat().st_mtime_ns for name in package}
    assert set(changes(package, tmp_path).values()) == {"unchanged"}
    assert set(write(package, tmp_path).values()) == {"unchanged"}
    (tmp_path / "state.py").unlink()
    assert changes(package, tmp_path)["state.py"] == "new"
    write(package, tmp_path)
    kept = [name for name in package if (tmp_path / name).stat().st_mtime_ns == times[name]]
    # The lock is moved in whenever anything is: it is the last word on what lies there.
    assert set(package) - set(kept) <= {"state.py", "nl.lock"}


def test_another_spec_replaces_what_nlc_wrote(tmp_path: Path):
    old, new = files("deltanet"), files("transformer")
    write(old, tmp_path)
    found = changes(new, tmp_path)
    assert found == write(new, tmp_path)
    assert found["model.py"] == "changed" and found["layers.py"] == "unchanged"
    gone = {name for name, change in found.items() if change == "removed"}
    assert gone == old.keys() - new.keys() and gone
    assert there(tmp_path) == new


@pytest.mark.parametrize("name", ["model.py", "chunks.py", "spec.nl"])
def test_an_edited_file_stops_the_write(tmp_path: Path, name: str):
    old, new = files("deltanet"), files("deltanet", d="96")
    write(old, tmp_path)
    (tmp_path / name).write_text("# mine\n")
    before = there(tmp_path)
    assert changes(new, tmp_path)[name] == "edited"
    with pytest.raises(Refused) as refused:
        write(new, tmp_path)
    assert f"{name} was edited" in str(refused.value) and "--force" in str(refused.value)
    assert list(refused.value.facts["files"]) == [name]
    assert there(tmp_path) == before and not list(tmp_path.glob(f"{STAGE}*"))
    assert write(new, tmp_path, force=True)[name] == "changed"
    assert there(tmp_path) == new


def test_files_that_nlc_never_wrote_stop_the_write(tmp_path: Path):
    (tmp_path / "model.py").write_text("# mine\n")
    (tmp_path / "state.py").write_text(files("deltanet")["state.py"])
    with pytest.raises(Refused, match=r"model.py was not written by nlc") as refused:
        write(files("deltanet"), tmp_path)
    assert "state.py" not in str(refused.value), "what is the same is in nobody's way"
    assert there(tmp_path).keys() == {"model.py", "state.py"}


@pytest.mark.parametrize(
    "text", ["", "not toml", 'semantic_hash = "1"\nnlc = "0.1.0"\n', "lock = 2\n", "lock = 1\nfiles = 3\n"]
)
def test_a_lock_that_is_none_is_not_nlcs(tmp_path: Path, text: str):
    write(files("deltanet"), tmp_path)
    (tmp_path / "nl.lock").write_text(text)
    assert lock_of(tmp_path) is None
    with pytest.raises(Refused, match=r"nl.lock was not written by nlc"):
        write(files("deltanet"), tmp_path)


def test_what_was_edited_is_not_removed(tmp_path: Path):
    write(files("deltanet"), tmp_path)
    (tmp_path / "chunks.py").write_text("# mine\n")
    assert write(files("transformer"), tmp_path)["chunks.py"] == "kept"
    assert (tmp_path / "chunks.py").read_text() == "# mine\n"


@pytest.mark.parametrize("name", ["../outside.py", "/outside.py", "inner/../../outside.py", "..", "inner"])
def test_a_lock_names_nothing_outside_its_folder(tmp_path: Path, name: str):
    """A lock is data, and may come from anybody."""
    folder = tmp_path / "package"
    outside = tmp_path / "outside.py"
    outside.write_text("x")
    write(files("deltanet"), folder)
    (folder / "inner").mkdir()
    name = name.replace("/outside.py", str(outside)) if name.startswith("/") else name
    digest = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"  # of "x"
    with (folder / "nl.lock").open("a") as lock:
        lock.write(f'"{name}" = "{digest}"\n')
    assert lock_of(folder) is not None
    write(files("transformer"), folder)
    assert outside.exists() and (folder / "inner").is_dir()


def test_links_are_replaced_or_left_and_never_followed(tmp_path: Path):
    folder, outside = tmp_path / "package", tmp_path / "outside.py"
    write(files("deltanet"), folder)
    for name in ("chunks.py", "model.py"):
        outside.write_text(files("deltanet")[name])
        (folder / name).unlink()
        (folder / name).symlink_to(outside)
    text = outside.read_text()
    with pytest.raises(Refused, match=r"model.py was not written by nlc"):
        write(files("transformer"), folder)
    write(files("transformer"), folder, force=True)
    assert outside.read_text() == text
    assert not (folder / "model.py").is_symlink() and (folder / "chunks.py").is_symlink()


def test_a_folder_in_the_way_of_a_file(tmp_path: Path):
    (tmp_path / "model.py").mkdir()
    for force in (False, True):
        with pytest.raises(Refused, match="is a folder"):
            write(files("deltanet"), tmp_path, force=force)


def broken_after(monkeypatch: pytest.MonkeyPatch, method: str, calls: int) -> None:
    """`Path.method` breaks after so many calls, as a full disk or a kill would."""
    whole, left = getattr(Path, method), iter(range(calls))

    def breaking(self: Path, *arguments: object) -> object:
        if next(left, None) is None:
            raise OSError("the disk is full")
        return whole(self, *arguments)

    monkeypatch.setattr(Path, method, breaking)


@pytest.mark.parametrize("calls", [0, 3])
def test_a_write_that_breaks_before_files_move_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls: int
):
    write(files("deltanet"), tmp_path)
    with monkeypatch.context() as patch:
        broken_after(patch, "write_bytes", calls)
        with pytest.raises(OSError, match="full"):
            write(files("transformer"), tmp_path)
    assert there(tmp_path) == files("deltanet")
    assert not list(tmp_path.glob(f"{STAGE}*"))


@pytest.mark.parametrize("fresh", [True, False])
@pytest.mark.parametrize("calls", range(7))
def test_a_write_that_breaks_in_the_middle_is_understood_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls: int, fresh: bool
):
    if not fresh:
        write(files("deltanet"), tmp_path)
    for name in ("hope", "cms"):  # two that broke, one after the other
        with monkeypatch.context() as patch:
            broken_after(patch, "replace", calls)
            with pytest.raises(OSError, match="full"):
                write(files(name), tmp_path)
    assert {"edited", "foreign"}.isdisjoint(changes(files("transformer"), tmp_path).values())
    write(files("transformer"), tmp_path)
    assert there(tmp_path) == files("transformer")
    assert not list(tmp_path.glob(f"{STAGE}*"))


def test_an_edit_after_a_broken_write_is_still_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as patch:
        broken_after(patch, "replace", 3)
        with pytest.raises(OSError, match="full"):
            write(files("deltanet"), tmp_path)
    (tmp_path / "model.py").write_text("# mine\n")
    with pytest.raises(Refused, match=r"model.py was edited"):
        write(files("deltanet"), tmp_path)


def test_parents_are_made(tmp_path: Path):
    write(files("deltanet"), tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b" / "model.py").exists()
