"""The way to grammar/ and backends/, which hold data only."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable


def grammar(path: str) -> str:
    """The text of a file under grammar/."""
    return files("nlc.grammar").joinpath(path).read_text(encoding="utf-8")


def errors() -> list[str]:
    """The codes of all diagnostics that have a page."""
    pages = files("nlc.grammar").joinpath("errors").iterdir()
    return sorted(page.name.removesuffix(".md") for page in pages if page.name.endswith(".md"))


def backends() -> list[str]:
    """The backends that nlc has: a folder each."""
    folders = files("nlc.backends").iterdir()
    return sorted(folder.name for folder in folders if folder.is_dir() and not folder.name.startswith("_"))


def backend_files(name: str) -> list[tuple[str, str]]:
    """Every file of a backend: its path within the backend, and its text."""
    return _files(files("nlc.backends").joinpath(name), "")


def _files(folder: Traversable, path: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            found += _files(entry, f"{path}{entry.name}/")
        else:
            found.append((f"{path}{entry.name}", entry.read_text(encoding="utf-8")))
    return found


def backend(path: str) -> str:
    """The text of a file under backends/."""
    return files("nlc.backends").joinpath(path).read_text(encoding="utf-8")
