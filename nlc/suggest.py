"""The name that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable

LONGEST = 64
SHORTEST = 3
"""Letters of a name in which one slip can be told from another name."""


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate with the fewest edits, if these are few for a word of this length."""
    if len(word) > LONGEST:
        return None
    most = max(1, len(word) // 3)
    ranked = sorted(
        (distance(word.lower(), other.lower()), other)
        for other in set(candidates) - {word}
        if abs(len(other) - len(word)) <= most
    )
    return ranked[0][1] if ranked and ranked[0][0] <= most else None


def same(word: str, other: str) -> bool:
    """Whether two names differ in nothing but case, `_` and `-`."""
    return _plain(word) == _plain(other)


def slipped(word: str, other: str) -> bool:
    """Whether one slip of a finger lies between two names; with another digit it is another name."""
    if min(len(word), len(other)) < SHORTEST or len(word) > LONGEST:
        return False
    digits = [[letter for letter in name if letter.isdigit()] for name in (word, other)]
    return digits[0] == digits[1] and distance(word.lower(), other.lower()) == 1


def _plain(word: str) -> str:
    return word.replace("_", "").replace("-", "").lower()


def distance(a: str, b: str) -> int:
    """Edits from a to b: insert, delete, replace, or swap two neighbours."""
    before, row = list[int](), list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        last, before, row = before, row, [i]
        for j, right in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == b[j - 2] and a[i - 2] == right:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]
