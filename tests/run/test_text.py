import math
from collections import Counter

import pytest
import torch

from nlc.run.baselines import baselines
from nlc.run.text import Batches, NoText, Text, read_text


def slow(train, valid):
    """Interpolated n-grams with dictionaries, byte by byte."""
    held = len(train) - len(train) // 10

    def shares(counted, text, start):
        runs = [Counter(counted[i : i + n] for i in range(len(counted) - n + 1)) for n in (1, 2, 3)]
        rows = []
        for i in range(start, len(text)):
            row = [1 / 256]
            for n in (1, 2, 3):
                context = text[i - n + 1 : i]
                seen = sum(count for run, count in runs[n - 1].items() if run[:-1] == context)
                row.append(runs[n - 1][context + text[i : i + 1]] / seen if seen else row[-1])
            rows.append(row)
        return rows

    def fit(rows):
        weights = [1 / len(rows[0])] * len(rows[0])
        for _ in range(200):
            total = [0.0] * len(weights)
            for row in rows:
                whole = sum(w * share for w, share in zip(weights, row, strict=True))
                total = [t + w * s / whole for t, w, s in zip(total, weights, row, strict=True)]
            weights = [(t + 1) / (len(rows) + len(weights)) for t in total]
        return weights

    fitting, judged = shares(train[:held], train, held), shares(train, train[-2:] + valid, 3)
    result = {}
    for order, name in enumerate(("unigram", "bigram", "trigram"), 1):
        weights = fit([row[: order + 1] for row in fitting])
        bits = [
            -math.log2(sum(w * s for w, s in zip(weights, row[: order + 1], strict=True))) for row in judged
        ]
        result[name] = sum(bits) / len(bits)
    return result


def test_the_baselines_are_those_of_a_slow_hand():
    text = Text(
        "t", b"abracadabra, the cat sat on the mat; a rat ate the cat's hat. " * 5 + b"new bytes: xyz!" * 2
    )
    assert baselines(text.train, text.valid) == pytest.approx(slow(text.train, text.valid), abs=1e-4)


def test_on_pydoc_the_trigram_is_near_two_and_a_half():
    text = read_text(["pydoc"])
    figures = baselines(text.train, text.valid)
    assert figures["trigram"] == pytest.approx(2.5, abs=0.1)
    assert figures["trigram"] < figures["bigram"] < figures["unigram"]


def test_the_last_tenth_is_held_out():
    text = Text("t", bytes(range(100)))
    assert text.valid == bytes(range(90, 100))
    assert text.train + text.valid == text.data


def test_batches_are_windows_and_repeat_with_their_cursor():
    data = bytes(i % 251 for i in range(1000))
    batches = Batches(data, 3, 16, seed=1)
    batches.next()
    cursor = batches.cursor
    before = torch.get_rng_state()
    one = batches.next()
    assert torch.equal(before, torch.get_rng_state())
    assert one.shape == (3, 16) and one.dtype == torch.int64
    assert all(bytes(row.tolist()) in data for row in one)
    batches.cursor = cursor
    assert torch.equal(one, batches.next())
    assert not torch.equal(Batches(data, 3, 16, seed=2).next(), Batches(data, 3, 16, seed=1).next())


def test_files_are_read_by_path_and_missing_ones_are_named(tmp_path):
    (tmp_path / "a").write_bytes(b"a" * 700)
    (tmp_path / "b").write_bytes(b"b" * 700)
    assert read_text([str(tmp_path / "a"), str(tmp_path / "b")]).data == b"a" * 700 + b"\n" + b"b" * 700
    with pytest.raises(NoText, match="nowhere"):
        read_text([str(tmp_path / "nowhere")])
    with pytest.raises(NoText, match="too few"):
        read_text([str(tmp_path / "a")])
    with pytest.raises(NoText, match="does not fit"):
        Batches(b"abc", 1, 4, 0)


def test_the_standard_library_is_bounded_and_the_same_each_time():
    from nlc.run.text import stdlib

    assert stdlib(100_000) == stdlib(100_000)
    assert len(stdlib(100_000)) == 100_000
