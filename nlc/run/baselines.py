"""What counting bytes alone can do: interpolated unigram, bigram and trigram, in bits per byte."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Codes = NDArray[np.int64]
NAMES = ("unigram", "bigram", "trigram")
HELD_BYTES = 200_000


@dataclass(frozen=True)
class Counts:
    """How often each run of 1, 2 and 3 bytes occurs, and each context of such a run."""

    runs: tuple[Codes, ...]
    contexts: tuple[Codes, ...]

    @staticmethod
    def of(data: bytes) -> Counts:
        runs: list[Codes] = []
        contexts: list[Codes] = []
        for order in range(1, len(NAMES) + 1):
            count = np.bincount(_codes(data, order), minlength=256**order).astype(np.int64)
            runs.append(count)
            contexts.append(count.reshape(-1, 256).sum(axis=1))
        return Counts(tuple(runs), tuple(contexts))

    def shares(self, data: bytes, start: int) -> Numbers:
        """For each byte from `start` on: its probability by the uniform law and by each order alone.

        An order that never saw the context says what the order below it says, so that every column
        is a distribution and any mixture of columns is one too.
        """
        columns = [np.full(len(data) - start, 1 / 256)]
        for order in range(1, len(NAMES) + 1):
            codes = _codes(data, order)[max(0, start - order + 1) :]
            seen = self.contexts[order - 1][codes // 256]
            with np.errstate(invalid="ignore"):
                share = self.runs[order - 1][codes] / seen
            column = columns[-1].copy()
            tail = slice(len(column) - len(codes), None)  # the first bytes of a text lack long contexts
            column[tail] = np.where(seen > 0, share, column[tail])
            columns.append(column)
        return np.stack(columns, axis=1)


def baselines(train: bytes, valid: bytes) -> dict[str, float]:
    """Bits per byte on `valid`, its first byte left out, as a model that starts there is judged.

    Weights are fitted on the last tenth of the training part (at most HELD_BYTES) with counts of the
    rest, then all of the training part is counted.
    """
    held = len(train) - min(len(train) // 10, HELD_BYTES)
    fitting = Counts.of(train[:held]).shares(train, held)
    judged = Counts.of(train).shares(train[-2:] + valid, len(train[-2:]) + 1)
    result: dict[str, float] = {}
    for order, name in enumerate(NAMES, 1):
        weights = fit(fitting[:, : order + 1])
        result[name] = float(-np.log2(judged[:, : order + 1] @ weights).mean())
    return result


def fit(shares: Numbers, rounds: int = 200, enough: float = 1e-7) -> Numbers:
    """The weights of a mixture of the columns that make the rows most likely: EM.

    Each column is held to explain one row more, so that no weight is zero and no byte impossible.
    """
    weights = np.full(shares.shape[1], 1 / shares.shape[1])
    for _ in range(rounds):
        parts = shares * weights
        new = (parts / parts.sum(axis=1, keepdims=True)).sum(axis=0) + 1
        new /= new.sum()
        done = np.abs(new - weights).max() < enough
        weights = new
        if done:
            break
    return weights


def _codes(data: bytes, order: int) -> Codes:
    """Each run of `order` bytes as one number in base 256."""
    values = np.frombuffer(data, dtype=np.uint8).astype(np.int64)
    codes = np.zeros(max(0, len(values) - order + 1), dtype=np.int64)
    for place in range(order):
        codes = codes * 256 + values[place : len(values) - order + 1 + place]
    return codes
