"""How kernels are launched: what is recorded, for which shapes it serves, and what stands in its place."""

import pytest

import nlc
from nlc.lower.tuned import KERNELS, records, schedules

SPEC = """nl 1
block f(x: [T {key}]) {{
  memory m(x) {{
    structure: matrix(heads=1, value={value})
    keys:      linear(x)
    values:    linear(x)
    queries:   linear(x)
    objective: {objective}
    optimizer: sgd(lr=0.5)
    update:    every token
  }}
  return m(x)
}}
"""


def scheduled(key: int, value: int, objective: str = "l2"):
    plan = nlc.loads(SPEC.format(key=key, value=value, objective=objective))._plan(0)
    return schedules(plan.blocks[0].memories[0])


def test_a_record_is_of_kernels_that_there_are():
    found = records("scan")
    assert found
    for shape, variants in found.items():
        value = int(shape.partition("x")[2])
        for variant, targets in variants.items():
            names = set(KERNELS["scan"]) - ({"invert"} if variant == "sums" else set())
            for record in targets.values():
                assert set(record) - {"tokens"} == names
                assert record["tokens"] in (16, 32, 64)
                assert all(value % record[name]["block"] == 0 for name in names)


def test_more_values_are_launched_as_fewer():
    assert scheduled(64, 128)["sm_90 float16"] == scheduled(64, 64)["sm_90 float16"]
    assert "invert" not in scheduled(64, 64, "dot")["sm_90 float16"].kernels


@pytest.mark.parametrize(("key", "value"), [(16, 64), (64, 16)])
def test_a_shape_without_a_record_is_launched_in_the_safest_way(key: int, value: int):
    found = scheduled(key, value)
    assert list(found) == ["any"]
    assert all(block <= value for block, _, _ in found["any"].kernels.values())
