"""The way to grammar/ and backends/, which hold data only."""

from __future__ import annotations

from importlib.resources import files


def grammar(path: str) -> str:
    """The text of a file under grammar/."""
    return files("nlc.grammar").joinpath(path).read_text(encoding="utf-8")


def errors() -> list[str]:
    """The codes of all diagnostics that have a page."""
    pages = files("nlc.grammar").joinpath("errors").iterdir()
    return sorted(page.name.removesuffix(".md") for page in pages if page.name.endswith(".md"))


def backend(path: str) -> str:
    """The text of a file under backends/."""
    return files("nlc.backends").joinpath(path).read_text(encoding="utf-8")
