"""The table beside flash-linear-attention: what it says of counts that are given."""

from types import SimpleNamespace

import beside_fla
import page
import pytest

pytest.importorskip("triton", reason="Triton is not installed")


def made(name: str, forward: int, backward: int, bytes_of: tuple[float, float], stack: int = 0):
    taken = SimpleNamespace(stack_bytes=stack)
    phases = ["forward"] * forward + ["backward"] * backward
    launches = [SimpleNamespace(phase=phase, resources=taken) for phase in phases]
    return beside_fla.Side(name, launches, dict(zip(("forward", "backward"), bytes_of, strict=True)))


def test_aims_are_met_by_launches_and_by_bytes():
    found = list(beside_fla.rows(64, made("nlc", 3, 3, (80, 80)), made("fla", 5, 7, (100, 100), 416)))
    assert [row[1] for row in found] == ["forward", "backward"]
    assert [row[6] for row in found] == ["0.80", "0.80"]
    assert [row[8] for row in found] == ["yes", "no"], "0.8 is below 0.85 and above 0.7"
    assert found[0][-2:] == ("0", "416")
    late = list(beside_fla.rows(64, made("nlc", 4, 3, (10, 10)), made("fla", 5, 7, (100, 100))))
    assert [row[8] for row in late] == ["no", "yes"], "four launches are more than three"
    assert page.table(beside_fla.HEAD, found, words=[1]).count("\n") == 4


def test_our_side_is_counted():
    """Three forward launches and three backward, at the schedule that the target is known to take."""
    from nlc.run.kernels.ahead import standing_in
    from nlc.run.kernels.targets import target_of
    from nlc.run.kernels.traffic import per_token

    rule = beside_fla.ours(16)
    with standing_in(target_of("sm_90")):
        counted = per_token(lambda length: beside_fla.work(rule, 16, length), 128, 192)
    assert {name for _, name, when in counted if when == "forward"} == {"invert", "scan", "read"}
    assert {name for _, name, when in counted if when == "backward"} == {"scan", "scan_back", "inputs_back"}
    assert all(count > 0 for count in counted.values())
