"""Linear memories in one pass, the state on the chip: what it makes, and where it is taken."""

from itertools import pairwise
from pathlib import Path

import pytest
import torch

pytest.importorskip("triton", reason="Triton is not installed")

from served import Served, gap, holds
from test_linear_kernels import CASES, made

from nlc import load
from nlc.lower import tuned
from nlc.lower.records import Key, Launch, Record, shipped
from nlc.lower.show_gpu import gpu, text
from nlc.lower.tuned import one_pass, schedules

EXAMPLES = Path(__file__).parents[2] / "examples"


def offered(found: Served, tokens: int, programs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As of a GPU for which the kernel is recorded, and which so many programs fill."""
    file = found.file("kernels_f_m")
    row = (16, 4, 1, tokens)
    monkeypatch.setattr(file, "SCHEDULES", {"any": {**file.SCHEDULES["any"], "fused": row}})
    monkeypatch.setattr(found.file("device"), "FULL", programs)  # and one multiprocessor


@pytest.mark.parametrize(
    "name", ["gated delta", "gated after", "sums that fade", "erased", "read before", "two pairs a token"]
)
def test_one_pass_is_the_definition(name: str, monkeypatch: pytest.MonkeyPatch):
    found = made(**CASES[name])
    offered(found, 32, 0, monkeypatch)
    holds(found, 2, 70)


@pytest.mark.parametrize(("batch", "tokens", "chunk"), [(1, 1, 32), (3, 17, 16), (1, 129, 64)])
def test_any_number_of_tokens(batch: int, tokens: int, chunk: int, monkeypatch: pytest.MonkeyPatch):
    found = made(**{**CASES["gated delta"], "value": 32})
    offered(found, chunk, 0, monkeypatch)
    holds(found, batch, tokens)


@pytest.mark.parametrize(("kind", "most"), [(torch.float32, 2e-6), (torch.bfloat16, 2e-2)])
def test_one_pass_is_the_split_one_within_rounding(
    kind: torch.dtype, most: float, monkeypatch: pytest.MonkeyPatch
):
    found = made(**CASES["gated delta"])
    draw = torch.Generator().manual_seed(3)
    streams = [torch.randn(2, 70, 3, 16, generator=draw).to(kind) / 4 for _ in range(3)]
    gates = [0.5 + 0.5 * torch.rand(2, 70, 3, generator=draw) for _ in range(2)]
    state = torch.randn(2, 3, 16, 16, generator=draw)
    made_by = []
    for programs in (7, 6):  # there are six, and they take half as many tokens at once
        offered(found, 16, programs, monkeypatch)
        with found.launched():
            made_by.append(found.file("kernels_f_m").Scan.apply(*streams, *gates, state))
    (split, one), states = zip(*made_by, strict=True)
    assert gap(one, split) < most and gap(*reversed(states)) < most
    assert not torch.equal(one, split), "the same kernels ran"


def test_it_serves_where_programs_fill_the_gpu_or_one_waits_for_none(monkeypatch: pytest.MonkeyPatch):
    found = made(d=64, heads=2, value=32)
    offered(found, 32, 24, monkeypatch)
    file = found.file("kernels_f_m")

    def fills(batch: int, length: int) -> bool:
        streams = [torch.zeros(batch, length, 2, 32) for _ in range(2)]
        return file.Launcher(file.SCHEDULES, *streams).fills("fused")

    with found.launched():
        assert [fills(batch, 70) for batch in (1, 5, 6, 40)] == [False, False, True, True]
        assert [fills(1, length) for length in (1, 32, 33)] == [True, True, False]
        monkeypatch.delitem(file.SCHEDULES["any"], "fused")
        assert not fills(40, 70)


def test_the_plan_says_where():
    plan = load(EXAMPLES / "gated_deltanet.nl")._plan(0)
    (row,) = gpu(plan)
    (memory,) = [memory for block in plan.blocks for memory in block.memories]
    assert row["one_pass"] == list(one_pass(memory)) and "sm_90 float16" in row["one_pass"]
    (line,) = [after for before, after in pairwise(text(plan).splitlines()) if "launches chosen" in before]
    assert line.strip() == f"forward is one launch where that fills the GPU, on {', '.join(row['one_pass'])}"


def test_it_is_offered_where_it_keeps_to_registers(monkeypatch: pytest.MonkeyPatch):
    plan = load(EXAMPLES / "gated_deltanet.nl")._plan(0)
    (memory,) = [memory for block in plan.blocks for memory in block.memories]
    key = Key(tuned.shape(memory), "solves fused", "sm_90 float16")
    for stack, there in ((0, True), (8, False)):
        known = {**shipped("scan"), key: Record(32, {"fused": Launch(64, 4, 2, stack)})}
        monkeypatch.setattr(tuned, "records", lambda template, known=known: known)
        assert ("fused" in schedules(memory)["sm_90 float16"].kernels) == there
        assert "fused" not in schedules(memory)["any"].kernels
