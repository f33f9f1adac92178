"""How kernels are launched: what is recorded, for which shapes it serves, and what stands in its place."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nlc import loads as load
from nlc.lower.records import Key, Launch, Record, own, place, records, shipped, text
from nlc.lower.tuned import FUSED, KERNELS, ROW_NUMBERS, schedules

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
    plan = load(SPEC.format(key=key, value=value, objective=objective))._plan(0)
    return schedules(plan.blocks[0].memories[0])


@pytest.mark.parametrize("template", ["scan", "momentum", "channel", "erase", "thin", "dual"])
def test_a_record_is_of_kernels_that_there_are(template: str):
    found = shipped(template)
    assert found
    for key, record in found.items():
        names = set(KERNELS[template]) - ({"invert"} if key.variant == "sums" else set())
        if key.variant.endswith(FUSED):
            names = {FUSED}
        assert set(record.kernels) == names
        assert record.tokens in (16, 32, 64)
        key_size, *_, value = map(int, key.shape.split("x"))
        held = ROW_NUMBERS // key_size if template == "thin" else value  # heads, or columns of one
        assert all(held % launch.block == 0 for launch in record.kernels.values())


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Writes the user's records of scans."""
    monkeypatch.setenv("NLC_CACHE", str(tmp_path))

    def write(toml: str) -> None:
        place("scan").parent.mkdir(exist_ok=True)
        place("scan").write_text(toml, encoding="utf-8")
        records.cache_clear()

    yield write
    records.cache_clear()


ROW = Launch(32, 8, 1, 0)
RECORD = Record(16, dict.fromkeys(KERNELS["scan"], ROW))
KEY = Key("64x64", "solves", "sm_90 float16")


def test_what_the_user_had_chosen_goes_first(kept):
    kept(text({KEY: RECORD}, "3.9.0"))
    assert scheduled(64, 64)["sm_90 float16"].tokens == 16
    assert (
        scheduled(64, 64)["sm_80 float16"].tokens
        == shipped("scan")[KEY._replace(target="sm_80 float16")].tokens
    )


def test_a_record_that_lacks_a_kernel_serves_only_where_that_is_not_asked_for(kept):
    kept(text({KEY: Record(16, {"scan": ROW})}, "3.9.0"))
    assert "sm_90 float16" not in scheduled(64, 64)


@pytest.mark.parametrize(
    "damage",
    [
        ("tokens = 16", "tokens = '16'"),
        ("warps = 8", "warps = -8"),
        ("warps = 8", "warps = true"),
        ("stack = 0", "stack = 0, evil = 1"),
        (", stack = 0", ""),
        ("[schedule", "[other"),
        ("[schedule", "[[schedule"),
        ("tokens", "tokens ="),
    ],
)
def test_what_is_no_record_is_left_out(kept, damage: tuple[str, str]):
    kept(text({KEY: RECORD}, "3.9.0").replace(*damage))
    assert own("scan") == {}
    assert scheduled(64, 64)["sm_90 float16"].tokens == shipped("scan")[KEY].tokens


def test_records_are_read_as_they_were_written(kept):
    kept(text(shipped("scan"), "3.9.0"))
    assert own("scan") == shipped("scan")


def test_tune_chooses_for_a_spec_and_keeps_it(kept, nlc, tmp_path: Path):
    pytest.importorskip("triton")
    spec = tmp_path / "f.nl"
    spec.write_text(SPEC.format(key=16, value=16, objective="dot"), encoding="utf-8")
    code, out, err = nlc("kernels", spec, "--tune", "--json")
    assert code == 0, err
    assert "16x16 sums, sm_90 float16" in err and str(place("scan")) in err
    key = Key("16x16", "sums", "sm_90 float16")
    assert own("scan").keys() == {key, key._replace(variant=f"sums {FUSED}")}
    record = own("scan")[key]
    assert record.kernels.keys() == set(KERNELS["scan"]) - {"invert"}
    schedule = json.loads(out)["memories"][0]["schedule"]["scan"]
    assert (schedule["C"], schedule["num_warps"]) == (record.tokens, record.kernels["scan"].warps)


def test_more_values_are_launched_as_fewer():
    assert scheduled(64, 128)["sm_90 float16"] == scheduled(64, 64)["sm_90 float16"]
    assert "invert" not in scheduled(64, 64, "dot")["sm_90 float16"].kernels


@pytest.mark.parametrize(("key", "value"), [(16, 64), (64, 16)])
def test_a_shape_without_a_record_is_launched_in_the_safest_way(key: int, value: int):
    found = scheduled(key, value)
    assert list(found) == ["any"]
    assert all(block <= value for block, _, _ in found["any"].kernels.values())


def test_a_spec_says_itself_how_its_kernels_are_launched(nlc, tmp_path: Path):
    text = SPEC.format(key=64, value=64, objective="l2")
    text += "schedule triton { m: warps(2) f.m: tile(tokens=16) |> warps(8) |> stages(3) }"
    found = schedules(load(text)._plan(0).blocks[0].memories[0])
    assert found.keys() > {"any", "sm_90 float16"}
    for schedule in found.values():
        assert schedule.tokens == 16
        assert all(row[1:3] == (8, 3) and row[3:] in ((), (16,)) for row in schedule.kernels.values())
    spec = tmp_path / "f.nl"
    spec.write_text(text, encoding="utf-8")
    code, out, _ = nlc("plan", spec, "--backend", "triton")
    assert code == 0
    assert "launched as the spec's schedule says: tokens 16, warps 8, stages 3" in out


def test_a_chunk_between_anchors_has_the_tokens_that_it_has():
    text = SPEC.format(key=32, value=32, objective="l2").replace(
        "every token\n  }", "every token\n    anchor: every 16 tokens\n    init: learned\n  }"
    )
    text = (
        text.replace("matrix(heads=1, value=32)", "mlp()")
        + "schedule triton { m: tile(tokens=64) |> warps(4) }"
    )
    found = schedules(load(text)._plan(0).blocks[0].memories[0])
    assert found["any"].tokens == 16
    assert found["any"].kernels["walk"][1] == 4
