"""Built packages in the cache folder: whole or absent, compared before use, nobody else's."""

import errno
import os
import shutil
import subprocess
import sys
import textwrap
import time
import traceback
from pathlib import Path

import pytest

from nlc.home import home as where
from nlc.run import cache
from nlc.run.load import build
from nlc.run.sources import bring

FILES = {"__init__.py": b"from .model import x\n", "model.py": b"x = 1\n", "spec.nl": b"nl 1\n"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NLC_CACHE", str(tmp_path / "nlc"))
    return tmp_path / "nlc" / "built"


def held(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def numbered(number: int, size: int = 1) -> dict[str, bytes]:
    return {"__init__.py": b"#" * size + str(number).encode()}


def test_the_same_files_are_kept_once(home: Path):
    first = cache.keep(FILES)
    inode = (first / "model.py").stat().st_ino
    assert cache.keep(FILES) == first and (first / "model.py").stat().st_ino == inode
    assert held(first) == FILES and first.parent == home
    assert [path.stat().st_mode & 0o777 for path in (home.parent, home, first)] == [0o700] * 3
    assert [path.name for path in home.iterdir()] == [first.name]


def test_other_texts_names_or_versions_have_another_key(monkeypatch: pytest.MonkeyPatch):
    keys = [cache.key(FILES), cache.key(FILES | {"model.py": b"x = 2\n"}), cache.key(FILES | {"a.py": b""})]
    for name in ("nlc", "torch"):
        monkeypatch.setattr(cache, "version", lambda wanted, name=name: "9" if wanted == name else "1")
        keys.append(cache.key(FILES))
    monkeypatch.setattr(cache.platform, "python_version", lambda: "9")
    assert len({*keys, cache.key(FILES)}) == 6


def test_where_the_folder_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.delenv("NLC_CACHE")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "x"))
    assert where("built") == tmp_path / "x" / "nlc" / "built"
    for nothing in ("", "not/absolute"):
        monkeypatch.setenv("XDG_CACHE_HOME", nothing)
        assert where("built") == tmp_path / ".cache" / "nlc" / "built"


def _edit(entry: Path) -> None:
    (entry / "model.py").write_bytes(b"x = 2\n")


def _cut(entry: Path) -> None:
    (entry / "model.py").write_bytes(b"x")


def _lose(entry: Path) -> None:
    (entry / "model.py").unlink()


def _add(entry: Path) -> None:
    (entry / "torch.py").write_bytes(b"x = 2\n")


def _link(entry: Path) -> None:
    elsewhere = entry.parent.parent / "elsewhere.py"
    elsewhere.write_bytes(FILES["model.py"])
    (entry / "model.py").unlink()
    (entry / "model.py").symlink_to(elsewhere)


def _nest(entry: Path) -> None:
    (entry / "model.py").unlink()
    (entry / "model.py").mkdir()


def _empty(entry: Path) -> None:
    shutil.rmtree(entry)
    entry.mkdir()


def _file(entry: Path) -> None:
    shutil.rmtree(entry)
    entry.write_bytes(b"x")


def _elsewhere(entry: Path) -> None:
    entry.rename(entry.parent.parent / "moved")
    entry.symlink_to(entry.parent.parent / "moved")


def _nowhere(entry: Path) -> None:
    shutil.rmtree(entry)
    entry.symlink_to(entry.parent / "nothing")


@pytest.mark.parametrize(
    "damage", [_edit, _cut, _lose, _add, _link, _nest, _empty, _file, _elsewhere, _nowhere]
)
def test_a_damaged_entry_is_made_again(damage, home: Path):
    entry = cache.keep(FILES)
    damage(entry)
    assert cache.keep(FILES) == entry
    assert held(entry) == FILES and not entry.is_symlink() and not (entry / "model.py").is_symlink()
    assert [path.name for path in home.iterdir()] == [entry.name]


def test_what_runs_are_the_texts_that_were_compared(monkeypatch: pytest.MonkeyPatch):
    """Even files that change between the comparison and the import, or between two imports, do not run."""
    texts = {
        "__init__.py": "from .model import x\nSPEC = {}\ndef build():\n    return x\n",
        "model.py": "x = 'asked for'\n",
        "later.py": "x = 'asked for'\n",
    }
    keep = cache.keep

    def vandal(files):
        folder = keep(files)
        for name in (*texts, "extra.py"):
            (folder / name).write_text("raise AssertionError('this ran')\n")
        return folder

    monkeypatch.setattr(cache, "keep", vandal)
    package = build(texts)
    assert package.build() == "asked for"
    names: dict = {}
    exec(f"from {package.module.__name__}.later import x", names)
    assert names["x"] == "asked for"
    with pytest.raises(ModuleNotFoundError):
        exec(f"import {package.module.__name__}.extra")
    assert not list(package.folder.rglob("__pycache__"))
    assert build(texts) is package


def test_tracebacks_show_the_lines_that_ran(tmp_path: Path):
    module = bring("_nlc_test_lines", tmp_path / "gone", {"__init__.py": b"def f():\n    return 1 / 0\n"})
    with pytest.raises(ZeroDivisionError) as caught:
        module.f()
    assert "return 1 / 0" in "".join(traceback.format_exception(caught.value))
    with pytest.raises(SyntaxError) as wrong:
        bring("_nlc_test_wrong", tmp_path / "gone", {"__init__.py": b"from . import a\n", "a.py": b"a b\n"})
    assert wrong.value.text == "a b\n"
    assert not [name for name in sys.modules if name.startswith("_nlc_test_wrong")]


def together(code: str, count: int = 8, warnings: str = "error") -> None:
    """Run it in so many processes at once; each waits for the last to be there."""
    script = f"""
        import sys, time
        from pathlib import Path
        from nlc.run import cache
        files = {FILES!r}
        print("ready", flush=True)
        sys.stdin.readline()
    """
    children = [
        subprocess.Popen(
            [sys.executable, "-W", warnings, "-c", textwrap.dedent(script) + code, str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(count)
    ]
    for child in children:
        assert child.stdout and child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin
        child.stdin.write("go\n")
        child.stdin.flush()
    for child in children:
        child.communicate()
    assert [child.returncode for child in children] == [0] * count


def test_eight_processes_at_once(home: Path):
    together(
        "for n in range(20):\n"
        "    made = files | {'n.py': str(n).encode()}\n"
        "    entry = cache.keep(made)\n"
        "    assert {p.name: p.read_bytes() for p in entry.iterdir()} == made\n"
    )
    assert len(list(home.iterdir())) == 20


def test_eight_processes_one_of_which_does_damage(home: Path):
    together(
        "for n in range(60):\n"
        "    entry = cache.keep(files)\n"
        "    if sys.argv[1] == '0':\n"
        "        time.sleep(0.002)\n"
        "        try: (entry / 'model.py').write_bytes(b'')\n"
        "        except OSError: pass\n",
        warnings="ignore",  # who finds it damaged again and again takes a temporary folder
    )
    assert held(cache.keep(FILES)) == FILES and len(list(home.iterdir())) == 1


def test_a_folder_open_to_others_is_closed(home: Path):
    home.mkdir(parents=True)
    home.chmod(0o777)
    cache.keep(FILES)
    assert home.stat().st_mode & 0o777 == 0o700


def _of_another(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home.mkdir(parents=True)
    mine = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: mine + 1)


def _a_link(home: Path, _: object) -> None:
    home.parent.mkdir()
    (home.parent / "theirs").mkdir()
    home.symlink_to(home.parent / "theirs")


def _in_the_way(home: Path, _: object) -> None:
    home.parent.write_text("a file")


def _unwritable(_: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NLC_CACHE", "/proc/nlc" if sys.platform == "linux" else "/dev/null/nlc")


def _full(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = Path.write_bytes

    def no_room(path: Path, data: bytes) -> int:
        if home in path.parents:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", no_room)


def _homeless(_: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("NLC_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setattr(Path, "home", none)


@pytest.mark.parametrize("state", [_of_another, _a_link, _in_the_way, _unwritable, _full, _homeless])
def test_an_unusable_folder_gives_a_temporary_one_and_says_so(state, home: Path, monkeypatch, tmp_path: Path):
    state(home, monkeypatch)
    with pytest.warns(UserWarning, match="cache folder cannot be used .* NLC_CACHE"):
        folder = cache.keep(FILES)
    assert held(folder) == FILES and tmp_path not in folder.parents
    assert folder.stat().st_mode & 0o777 == 0o700
    assert not home.is_dir() or list(home.iterdir()) == []
    shutil.rmtree(folder)


def test_what_was_not_used_for_longest_goes(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cache, "MOST", 3)
    entries = [cache.keep(numbered(0)), cache.keep(numbered(1)), cache.keep(numbered(2))]
    for age, entry in enumerate(entries):
        os.utime(entry, (1e9 + age, 1e9 + age))
    cache.keep(numbered(0))  # used again: younger than the others now
    last = cache.keep(numbered(3))
    assert set(home.iterdir()) == {entries[0], entries[2], last}


def test_what_is_too_much_goes(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cache, "LARGEST", 5000)
    for number in range(4):
        entry = cache.keep(numbered(number, size=2000))
        os.utime(entry, (1e9 + number, 1e9 + number))
    assert len(list(home.iterdir())) == 2 and entry.exists()
    large = cache.keep(numbered(9, size=9000))
    assert list(home.iterdir()) == [large]


def test_unfinished_folders_go_once_they_are_old(home: Path):
    cache.keep(FILES)
    old, young = home / ".new-old", home / ".new-young"
    for folder in (old, young):
        folder.mkdir()
    long_ago = time.time() - 2 * cache.ABANDONED
    os.utime(old, (long_ago, long_ago))
    cache.keep(numbered(1))
    assert not old.exists() and young.exists()


def test_what_others_keep_there_stays(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cache, "MOST", 1)
    cache.keep(FILES)
    for name in (".git", "mine"):
        (home / name).mkdir()
        os.utime(home / name, (1e9, 1e9))
    cache.keep(numbered(1))
    assert {".git", "mine"} <= {path.name for path in home.iterdir()}
