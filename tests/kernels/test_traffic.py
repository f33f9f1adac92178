"""Bytes that kernels move: counted as they run, against what a person counts."""

from __future__ import annotations

import pytest
import torch

from nlc.run.kernels.traffic import moved, per_token

triton = pytest.importorskip("triton")
tl = pytest.importorskip("triton.language")


@triton.jit
def scaled(X, FACTOR, Y, T, C: tl.constexpr):
    i = tl.program_id(0) * C + tl.arange(0, C)
    factor = tl.load(FACTOR + i * 0)  # a block of one address
    tl.store(Y + i, tl.load(X + i, mask=i < T) * factor, mask=i < T)


@triton.jit
def triangle(X, Y, C: tl.constexpr):
    """Each program reads all that stands before its end, as causal attention does."""
    row = tl.program_id(1)
    i = tl.arange(0, C)
    total = tl.zeros((C,), tl.float32)
    for before in range(row + 1):
        total += tl.load(X + before * C + i)
    tl.store(Y + (tl.program_id(0) * tl.num_programs(1) + row) * C + i, total)


def scale(length: int) -> None:
    x, y = torch.zeros(length).bfloat16(), torch.zeros(length)
    scaled[(triton.cdiv(length, 32),)](x, torch.ones(1), y, length, C=32)


@pytest.mark.parametrize("length", [1, 32, 77, 128, 1000])
def test_each_number_counts_once_and_what_is_masked_does_not(length: int):
    (launch,) = moved(lambda: scale(length))
    programs = -(-length // 32)
    assert launch.grid == (programs,)
    assert launch.loaded == 2 * length + 4 * programs
    assert launch.stored == 4 * length
    assert (launch.kernel, launch.phase, launch.module) == ("scaled", "forward", __name__)


@pytest.mark.parametrize("rows", [1, 4, 5, 31])
def test_programs_that_do_more_one_by_one_count_in_full(rows: int):
    x, y = torch.zeros(rows * 16), torch.zeros(7 * rows * 16)
    (launch,) = moved(lambda: triangle[(7, rows)](x, y, C=16))
    assert launch.loaded == 7 * 64 * rows * (rows + 1) // 2
    assert launch.stored == 7 * 64 * rows


class Double(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = torch.empty(x.shape)
        scaled[(triton.cdiv(len(x), 32),)](x, x.new_full((1,), 2.0), y, len(x), C=32)
        return y

    @staticmethod
    def backward(ctx, dy):
        return Double.forward(ctx, dy.contiguous())


def test_passes_are_told_apart_and_what_a_sequence_costs_once_is_left_out():
    def work(length: int) -> None:
        Double.apply(torch.zeros(length, requires_grad=True)).sum().backward()

    found = per_token(work, 64, 128)
    per_program = 4 / 32  # the factor
    assert found == {
        (__name__, "scaled", "forward"): 8 + per_program,
        (__name__, "scaled", "backward"): 8 + per_program,
    }
