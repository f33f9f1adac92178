"""How many tokens of a sequence a model reads: learned positions end somewhere."""

from __future__ import annotations

from nlc.failure import Failure
from nlc.run.load import Model


class TooLong(Failure):
    """More tokens in a sequence than the model has positions for."""


def longest(model: Model) -> int | None:
    """Tokens of the longest sequence; None where there is no end."""
    ends = [int(end) for _, module in model.named_modules() if (end := getattr(module, "longest", 0))]
    return min(ends, default=None)


def within(model: Model, tokens: int) -> None:
    """Raises TooLong if the model does not read as many tokens in a row."""
    end = longest(model)
    if end is not None and tokens > end:
        raise TooLong(f"sequences of {tokens:,} tokens, and the model has positions for {end:,}")
