"""Names that were probably meant."""

import pytest

from nlc.suggest import distance, nearest


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("tokns", "tokens"),
        ("memry", "memory"),
        ("hubre", "huber"),
        ("l3", "l2"),
        ("zzz", None),
        ("x" * 9999, None),
    ],
)
def test_nearest(word: str, meant: str | None):
    assert nearest(word, ["tokens", "memory", "huber", "l2"]) == meant


def test_distance():
    assert distance("abc", "abc") == 0
    assert distance("abc", "acb") == 1
    assert distance("", "abc") == 3
