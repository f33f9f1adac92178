"""What the checker makes of the examples: memories, sizes, periods, the names of modules."""

from pathlib import Path

import pytest

import nlc
from nlc.check import check
from nlc.ir.system import System
from nlc.read import read

EXAMPLES = Path(nlc.__file__).parents[1] / "examples"
CHOICES = {
    "hope": {"chunk": "16", "slow": "32"},
    "cms": {"fast": "32", "middle": "64", "slow": "128"},
}
MEMORIES = {
    "transformer": {
        "attention.attn": ((32, 32), "every token"),
        "transformer.ffn": ((128, 512, 128), "every step"),
    },
    "linear_attention": {
        "linear_attention.sum": ((32, 32), "every token"),
        "linear_attention.total": ((32, 1), "every token"),
    },
    "deltanet": {"deltanet.delta": ((32, 32), "every token")},
    "gated_deltanet": {"gated_deltanet.delta": ((32, 64), "every token")},
    "titans": {"titans.ltm": ((32, 64, 32), "every token")},
    "cms": {
        "attention.attn": ((32, 32), "every token"),
        "hope_attention.band.32": ((128, 256, 128), "every 32 tokens"),
        "hope_attention.band.64": ((128, 256, 128), "every 64 tokens"),
        "hope_attention.band.128": ((128, 256, 128), "every 128 tokens"),
    },
    "hope": {
        "hope.make.key": ((32, 64, 32), "every 32 tokens"),
        "hope.make.value": ((32, 64, 32), "every 32 tokens"),
        "hope.make.rate": ((32, 64, 32), "every 32 tokens"),
        "hope.make.keep": ((32, 64, 32), "every 32 tokens"),
        "hope.main": ((32, 64, 32), "every 16 tokens"),
    },
}


def system(name: str, **settings: str) -> System:
    return check(read(EXAMPLES / f"{name}.nl"), settings)


@pytest.mark.parametrize("name", MEMORIES)
def test_memories(name: str):
    made = system(name, d="128", heads="4", **CHOICES.get(name, {}))
    found = {
        f"{block.name}.{memory.name}": (memory.sizes, str(memory.update))
        for block in made.blocks
        for memory in block.memories
        if (name, block.name) != ("hope", "cms")
    }
    assert found == MEMORIES[name]
    assert made.vocab == 256
    assert made.training is not None
    assert made.report.text() == ""


@pytest.mark.parametrize("name", MEMORIES)
def test_values_are_in_single_assignment(name: str):
    for block in system(name).blocks:
        for index, value in enumerate(block.values):
            assert value.index == index
            assert all(arg < index for arg in value.args)
            assert not value.roles or len(value.roles) == len(value.args)
        assert 0 <= block.result < len(block.values)


@pytest.mark.parametrize("name", MEMORIES)
def test_one_module_owns_one_kind_of_parameters(name: str):
    for block in system(name).blocks:
        owners: dict[str, tuple[str, tuple[int, ...]]] = {}
        for value in block.values:
            if value.owner:
                inputs = tuple(block.values[arg].shape for arg in value.args)
                assert owners.setdefault(value.owner, (value.op, inputs)) == (value.op, inputs)


def test_module_names():
    (block,) = [block for block in system("deltanet").blocks if block.name == "deltanet"]
    owners = {value.owner for value in block.values if value.op == "linear"}
    fields = {f"delta.{role}_linear" for role in ("keys", "values", "queries", "rate")}
    assert owners == {*fields, "a_linear"}
    assert block.calls == {"swiglu": "swiglu"}


def test_an_anchor_is_kept_beside_the_update():
    (ltm,) = system("titans", chunk="16").block("titans").memories
    assert (ltm.update.count, ltm.anchor.count) == (1, 16)
    assert (ltm.rate, ltm.beta, ltm.keep) == ("rate", "beta", "keep")


def test_a_read_does_not_follow_a_write():
    """Reads of one moment see the state before its writes, so equal reads are one value."""
    block = system("hope").block("hope")
    assert len([v for v in block.values if v.op == "write"]) == 5
    reads = [(v.target, v.args) for v in block.values if v.op == "read"]
    assert len(reads) == len(set(reads))
