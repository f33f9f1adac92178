"""What `make scaling` counts, and that training keeps no more than a share of each token's own."""

import pytest
import torch
from scaling import SPECS, Kept, compiled, growth, saved_bytes, table


def test_each_storage_counts_once_and_only_while_it_is_kept():
    x = torch.ones(1000, requires_grad=True)
    y = x * 2
    assert saved_bytes(lambda: (y[:500] * y[500:]).sum()) == 4000  # both halves are one storage
    w = torch.ones(1000, requires_grad=True)
    assert saved_bytes(lambda: (w * w).sum(), [w]) == 0
    kept = Kept()
    held = kept.pack(y)
    assert kept.now == 4000 and kept.unpack(held) is y
    del held
    assert (kept.now, kept.most) == (0, 4000)


def test_growth_is_an_exponent():
    assert growth([(t, 3.0 * t**2) for t in (512, 1024, 2048)]) == pytest.approx(2)
    assert growth([(t, 7.0 * t) for t in (512, 1024, 2048)]) == pytest.approx(1)


def test_the_table_tells_what_grows_faster():
    rows = [{"length": t, "time": t * 1e-5, "saved": t * 1e3, "peak": t * 1e3} for t in (512, 1024, 2048)]
    assert "nothing grows faster" in table({"deltanet": rows})
    worse = [{**row, "time": row["time"] * row["length"]} for row in rows]
    assert "transformer: time grows as T^2.00; full attention" in table({"transformer": worse})


@pytest.mark.parametrize("name", SPECS)
def test_training_keeps_as_much_for_every_token(name, tmp_path):
    torch.manual_seed(0)
    model = compiled(name, tmp_path)
    found = []
    for length in (256, 512, 1024):
        ids = torch.randint(0, 256, (1, length))
        found.append((length, saved_bytes(lambda ids=ids: model.loss(ids), list(model.parameters()))))
    assert growth(found) < 1.05
