"""`make gpu` where there is no GPU: its arguments, its table, its checks with kernels interpreted."""

import time
from contextlib import nullcontext

import gpu
import pytest
import rivals
import torch

pytest.importorskip("triton", reason="Triton is not installed")


def test_interpreted_it_writes_a_page(tmp_path, capsys):
    page = tmp_path / "gpu.md"
    assert gpu.main(["--interpret", "--systems", "deltanet", "gla", "--out", str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    (row,) = (line for line in text.splitlines() if line.startswith("| deltanet |"))
    assert row.endswith("| yes |") and "kernels_deltanet_delta" in row
    assert "interpreted" in text and "scaled dot product attention" in text
    assert capsys.readouterr().out.endswith(f"wrote {page}\n")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_it_says_so(capsys):
    assert gpu.main([]) == 2
    assert "--interpret" in capsys.readouterr().err


def test_what_is_wrong_is_told_and_fails(tmp_path, monkeypatch):
    monkeypatch.setattr(gpu, "gap", lambda *_: 1.0)
    page = tmp_path / "gpu.md"
    assert gpu.main(["--interpret", "--systems", "deltanet", "--out", str(page)]) == 1
    assert "| NO |" in page.read_text(encoding="utf-8")


def test_a_rival_that_breaks_and_time_that_ends_are_rows(monkeypatch):
    def broken(*_):
        raise RuntimeError("out of | memory")

    monkeypatch.setattr(gpu, "RIVALS", (rivals.Rival("broken", True, broken),))
    bench = gpu.Bench("cpu", time.monotonic() + 60, lambda _: nullcontext())
    assert [row[-2] for row in gpu.times(bench, gpu.TINY)] == ["RuntimeError: out of | memory"]
    late = gpu.Bench("cpu", 0.0, lambda _: nullcontext())
    assert "no time" in next(gpu.times(late, gpu.TINY))[-2]
    assert "no time" in next(gpu.checks(late, ("deltanet",)))[1]
    assert "out of / memory" in gpu.page("here", [], [("a", "out of | memory")])


def test_rivals_of_one_rule_agree():
    streams = gpu._streams(1, 2, 33, 16, "cpu")
    recurrence = rivals.RIVALS[1].make(2, 16, "cpu")(*streams)
    wanted = []
    state = torch.zeros(1, 2, 16, 16)
    for q, k, v, rate, keep in zip(*(x.float().unbind(1) for x in streams), strict=True):
        state = keep[..., None, None] * state
        error = (state @ k[..., None])[..., 0] - v
        state = state - (rate[..., None] * error)[..., None] * k[..., None, :]
        wanted.append((state @ q[..., None])[..., 0])
    torch.testing.assert_close(recurrence, torch.stack(wanted, dim=1), rtol=1e-4, atol=1e-5)
