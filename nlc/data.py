"""The way to grammar/ and backends/, which hold data only."""

from __future__ import annotations

from importlib.resources import files


def grammar(path: str) -> str:
    """The text of a file under grammar/."""
    return files("nlc.grammar").joinpath(path).read_text(encoding="utf-8")


def backend(path: str) -> str:
    """The text of a file under backends/."""
    return files("nlc.backends").joinpath(path).read_text(encoding="utf-8")
