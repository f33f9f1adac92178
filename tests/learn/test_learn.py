"""The made tasks say what they should, and `make learn` runs; its figures are no part of the tests."""

import torch
from learn import PAGE, STUDIES, train
from tasks import overwriting, parity


def test_parity_counts_ones():
    ids, targets, counts = parity(4, 9, torch.Generator().manual_seed(0))
    assert counts.all()
    for bits, odd in zip(ids.tolist(), targets.tolist(), strict=True):
        assert odd == [sum(bits[: t + 1]) % 2 for t in range(9)]


def test_the_last_value_of_a_key_is_asked_for():
    pairs, keys = 12, 8
    ids, targets, counts = overwriting(16, pairs, torch.Generator().manual_seed(0), keys=keys)
    again = 0
    for row, answers, asked in zip(ids.tolist(), targets.tolist(), counts.tolist(), strict=True):
        said = row[: 2 * pairs]
        last = dict(zip(said[::2], said[1::2], strict=True))
        again += pairs - len(last)
        assert row[2 * pairs :] == [keys + key for key in range(keys)]
        assert not any(asked[: 2 * pairs])
        found = {key: answers[2 * pairs + key] for key in range(keys) if asked[2 * pairs + key]}
        assert found == last
    assert again > 16, "keys come again"


def test_every_study_trains():
    for study in STUDIES:
        assert 0 <= train(study, study.values[0], 0, steps=3) <= 1


def test_the_page_has_a_line_for_each():
    page = PAGE.read_text(encoding="utf-8")
    for study in STUDIES:
        for value in study.values:
            assert f"| {study.title} | `{study.param}={value}` | " in page
