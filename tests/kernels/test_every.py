"""`make kernels` without most of its work."""

from __future__ import annotations

import pytest
from every import Row, compiled, summary


def test_an_example_that_torch_serves_has_no_rows():
    assert compiled("transformer", "sm_90") == []


def test_a_kernel_of_both_passes_is_one():
    pytest.importorskip("triton")
    rows = compiled("retnet", "sm_90")
    assert rows and len({row.kernel for row in rows}) == len(rows)
    assert all((row.target, row.example, row.problem) == ("sm_90", "retnet", "") for row in rows)
    assert all(row.registers > 0 for row in rows)


def test_the_summary_counts():
    fine = Row("sm_90", "a", "m scan", 100, 0, 0, "")
    spills = Row("sm_90", "b", "m scan", 255, 64, 9, "")
    wrong = Row("gfx942", "b", "m scan", 0, 0, 0, "90000 bytes of shared memory, of 65536 that there are")
    assert summary([fine, spills, wrong], 1.25).splitlines() == [
        "sm_90   2 kernels, 1 that spill, at most 64 bytes of stack, 0 that would not run",
        "gfx942  1 kernels, 0 that spill, 1 that would not run",
        "3 kernels of 2 examples, 2 GPUs, 1.2 minutes",
    ]
    assert "255 registers, 64 bytes" in spills.text() and "90000 bytes" in wrong.text()
