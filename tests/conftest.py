"""What tests share: golden files (`--update-golden` writes them anew), and `nlc` as a shell runs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from nlc.parts import registry

ROOT = Path(__file__).parent

# What is drawn is the same in every run, so that a change is judged by itself; `make fuzz` draws anew.
settings.register_profile("same", derandomize=True, deadline=None, database=None)
settings.register_profile("anew", deadline=None)
settings.load_profile("same")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="fuzz every byte, not only a sample")
    parser.addoption("--update-golden", action="store_true", help="write golden files and error pages anew")


@pytest.fixture(scope="session", autouse=True)
def cache_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests leave nothing in the cache folder of whoever runs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NLC_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture
def golden(request: pytest.FixtureRequest, update_golden: bool) -> Callable[..., None]:
    """`golden(text)` compares with tests/golden/MODULE/TEST.txt; `golden(text, "x.svg")` names the file."""

    def compare(text: str, name: str | None = None) -> None:
        folder = ROOT / "golden" / request.path.relative_to(ROOT).with_suffix("")
        path = folder / (name or f"{request.node.name}.txt")
        if update_golden:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            return
        if not path.exists():
            pytest.fail(f"{path.relative_to(ROOT)} is missing: run pytest --update-golden and read its diff")
        assert text == path.read_text(encoding="utf-8"), "if this is meant: pytest --update-golden"

    return compare


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Parts of one's own belong to the process: such a test begins and ends without any."""
    monkeypatch.setattr(registry, "_own", {})
    monkeypatch.setattr(registry, "_begun", [True])
    registry._forget()  # pyright: ignore[reportPrivateUsage]
    yield
    monkeypatch.undo()
    registry._forget()  # pyright: ignore[reportPrivateUsage]


@pytest.fixture
def nlc(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., tuple[object, str, str]]:
    """`nlc("check", path)` as a shell runs it, in an empty folder: (exit code, standard output, error)."""
    from nlc.cli import main

    monkeypatch.chdir(tmp_path)

    def call(*words: object) -> tuple[object, str, str]:
        with pytest.raises(SystemExit) as ended:
            main.run([str(word) for word in words])
        out, err = capsys.readouterr()
        return ended.value.code or 0, out, err

    return call
