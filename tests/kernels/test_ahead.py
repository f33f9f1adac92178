"""Kernels compiled for GPUs that are not there: what is recorded, measured and remembered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from nlc.run.kernels import ahead, memo
from nlc.run.kernels.ahead import NotCompiled, recording
from nlc.run.kernels.interpret import interpreting
from nlc.run.kernels.targets import TARGETS, NoTarget

triton = pytest.importorskip("triton")
tl = pytest.importorskip("triton.language")


@triton.jit
def product(X, Y, N: tl.constexpr):
    i = tl.arange(0, N)
    x = tl.load(X + i[:, None] * N + i[None, :])
    tl.store(Y + i[:, None] * N + i[None, :], tl.dot(x, tl.trans(x)))


@triton.jit
def copy(X, Y, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    tl.store(Y + i, tl.load(X + i))


@triton.jit
def hoard(X, N: tl.constexpr):
    """Holds more numbers than a thread has registers."""
    i = tl.arange(0, N)
    x = tl.load(X + i[:, None] * N + i[None, :])
    y = tl.load(X + i[:, None] * N + i[None, :] + 7)
    for _ in range(3):
        z = tl.dot(x, y)
        x, y = x * z + tl.trans(y), y - z * tl.trans(x)
    tl.store(X + i[:, None] * N + i[None, :], x + y)


@triton.jit
def wrong(X):
    tl.store(X, tl.arange(0, 3))


def recorded(target: str, count: int = 64) -> ahead.Launch:
    x, y = torch.randn(count, count).bfloat16(), torch.zeros(count, count)
    with recording(target) as launches:
        product[lambda meta: (meta["N"] // 32, 1)](x, y, N=count, num_warps=4, num_stages=1)
    assert not y.any()  # nothing ran
    return launches[0]


def test_a_launch_is_told_as_it_was_made():
    launch = recorded("sm_90")
    assert (launch.kernel, launch.grid, launch.target.name) == ("product", (2, 1), "sm_90")
    assert launch.module == __name__ and launch.place.startswith(__file__)
    assert launch.arguments == {"X": "bfloat16[64, 64]", "Y": "float32[64, 64]"}
    assert launch.constants == {"N": 64}
    assert launch.options == {"num_warps": 4, "num_stages": 1}


@pytest.mark.parametrize("target", ["sm_80", "sm_90", "sm_100", "gfx942"])
def test_what_it_takes(target: str):
    taken = recorded(target).resources
    assert 0 < taken.registers <= 255 and not taken.stack_bytes and not taken.spills and not taken.problem
    assert taken.shared_limit == TARGETS[target].shared_limit and taken.shared_bytes > 0
    assert taken.mma > 0
    assert (taken.wgmma > 0, taken.tcgen05 > 0) == (target == "sm_90", target == "sm_100")
    assert (taken.tmem_columns > 0) == (target == "sm_100")
    assert taken.instructions > 30
    # 64 × 64 numbers of 2 and of 4 bytes by 128 or 256 threads, each access 16 bytes wide
    threads = 4 * TARGETS[target].warp
    assert (taken.loads, taken.stores) == ({"16": 8192 // threads // 16}, {"16": 16384 // threads // 16})


def test_arguments_are_specialised_as_in_a_launch():
    """Where a view begins at no multiple of 16 bytes, accesses are narrow."""
    x, y = torch.zeros(2, 1025)
    with recording("sm_90") as launches:
        copy[(4,)](x[:1024], y[1:], N=256, num_warps=1)
        copy[(4,)](x[:1024].clone(), x[:1024], N=256, num_warps=1)
    assert [set(launch.resources.stores) for launch in launches] == [{"4"}, {"16"}]


@pytest.mark.parametrize("target", ["sm_90", "gfx942"])
def test_spills_are_seen(target: str):
    with recording(target) as launches:
        hoard[(1,)](torch.zeros(128, 128), N=128, num_warps=4)
    taken = launches[0].resources
    assert taken.stack_bytes > 100 and taken.spills > 10


def test_what_does_not_fit_is_said():
    taken = recorded("sm_90").resources
    assert not taken.problem
    assert "300000 bytes of shared memory" in replace(taken, shared_bytes=300_000).problem
    assert "576 columns" in replace(taken, tmem_columns=576).problem


def test_what_cannot_be_compiled_is_recorded():
    with recording("sm_90") as launches:
        wrong[(1,)](torch.zeros(4))
    assert "power of 2" in launches[0].compiled.failure
    with pytest.raises(NotCompiled, match=r"test_ahead.py:\d+: wrong for sm_90"):
        _ = launches[0].resources


@triton.autotune([triton.Config({"N": 32}), triton.Config({"N": 64}, num_warps=8)], key=[])
@triton.jit
def tuned(X, N: tl.constexpr):
    tl.store(X + tl.arange(0, N), tl.full((N,), 1.0, tl.float32))


def test_an_autotuner_takes_the_first_or_what_is_chosen():
    x = torch.zeros(64)
    with recording("sm_90") as first:
        tuned[(1,)](x)
    with recording("sm_90", choose=lambda name, configs: configs[-1]) as last:
        tuned[(1,)](x)
    assert [launch.constants["N"] for launch in (*first, *last)] == [32, 64]
    assert last[0].options["num_warps"] == 8


def test_the_same_is_compiled_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NLC_CACHE", str(tmp_path))
    before = recorded("sm_90")
    assert len(list((tmp_path / "kernels").iterdir())) == 1
    monkeypatch.setattr(ahead, "_compile", None)
    assert recorded("sm_90").compiled == before.compiled
    monkeypatch.undo()
    monkeypatch.setenv("NLC_CACHE", str(tmp_path))
    recorded("sm_90", count=32)
    recorded("sm_80")
    assert len(list((tmp_path / "kernels").iterdir())) == 3


def test_a_record_that_cannot_be_read_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NLC_CACHE", str(tmp_path))
    recorded("sm_90")
    (record,) = (tmp_path / "kernels").iterdir()
    record.write_text('{"resources": ', encoding="utf-8")
    assert recorded("sm_90").resources.mma > 0
    assert memo.recall(record.stem) is not None


def test_torch_is_one_for_amd_where_the_target_is():
    was = torch.version.hip
    with recording("gfx942"):
        assert torch.version.hip
    with recording("sm_90"):
        assert torch.version.hip == was
    assert torch.version.hip == was


def test_afterwards_all_is_as_before():
    from triton.runtime import autotuner, jit
    from triton.runtime.driver import driver

    before = [dict(vars(owner)) for owner in (jit.JITFunction, autotuner.Autotuner, driver)]
    recorded("sm_90")
    assert [dict(vars(owner)) for owner in (jit.JITFunction, autotuner.Autotuner, driver)] == before
    assert "sm_90" not in product.device_caches
    x, y = torch.randn(32, 32), torch.zeros(32, 32)
    with interpreting():
        product[(1,)](x, y, N=32)
    assert torch.allclose(y, x @ x.T, atol=1e-4)


def test_a_target_that_is_not_known_is_named():
    with pytest.raises(NoTarget, match="did you mean `sm_90`"), recording("sm90"):
        pass
