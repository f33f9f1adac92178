"""The core set of emitted kernels, compiled for GPUs that are not there, and what is reported of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nlc.cli.kernels import text
from nlc.run.kernels.report import report
from nlc.run.stages import Stages

EXAMPLES = Path(__file__).parents[2] / "examples"


def stages(name: str, **settings: str) -> Stages:
    return Stages(EXAMPLES / f"{name}.nl", settings=settings, backend="triton")


@pytest.mark.parametrize("target", ["sm_90", "gfx942"])
@pytest.mark.parametrize("name", ["gated_deltanet", "mamba2"])
def test_the_core_set_compiles(name: str, target: str):
    pytest.importorskip("triton")
    found = report(stages(name, layers="1"), target, traffic=False)
    (memory,) = found["memories"]
    assert memory["launches"]["forward"] in (2, 3) and memory["launches"]["backward"] in (2, 3, 4)
    assert memory["launches"]["step"] == memory["launches"]["fused"] == 1
    assert len(memory["kernels"]) == sum(memory["launches"].values())
    for kernel in memory["kernels"]:
        assert not kernel["problem"], kernel
        if kernel["phase"] != "step":  # which has no matrix products, and is short
            assert kernel["mma"] > 0 and kernel["instructions"] > 100
        assert kernel["shared_bytes"] <= kernel["shared_limit"]
        assert {"8", "16"} & set(kernel["loads"])  # wide: the launch path saw that tensors are aligned
    for block in found["chains"]:
        assert block["launches"] == dict.fromkeys(("forward", "backward"), len(block["chains"]))
        for kernel in block["kernels"]:
            assert not kernel["problem"] and not kernel["stack_bytes"], kernel
            assert {"8", "16"} & set(kernel["loads"]), kernel


def test_bytes_are_those_of_the_formula():
    """Of `read` in mamba2, by head and token: q, k, v and what is read, gates, and a state a chunk."""
    pytest.importorskip("triton")
    (memory,) = report(stages("mamba2", layers="1"), "sm_90")["memories"]
    made = stages("mamba2").plan.blocks[0].memories[0]
    keys, values = made.sizes
    (read,) = [kernel for kernel in memory["kernels"] if kernel["name"] == "read"]
    tokens, block = read["schedule"]["C"], read["schedule"]["BLOCK"]
    scalars = 4 * sum(isinstance(gate, str) for gate in (made.rate, made.keep))
    blocks = values // block  # each loads queries, keys and gates anew
    assert read["bytes_per_token"] == made.heads * (
        blocks * (2 * 2 * keys + scalars) + 2 * 2 * values + 2 * keys * values / tokens
    )
    total = sum(kernel["bytes_per_token"] for kernel in memory["kernels"] if kernel["phase"] == "forward")
    assert memory["bytes_per_token"]["forward"] == total
    # A step: the state in and out; each block of rows loads the key, the query and gates, as they come.
    (step,) = [kernel for kernel in memory["kernels"] if kernel["phase"] == "step"]
    loaded = values // step["schedule"]["BLOCK"] * (2 * 2 * keys + scalars)
    assert step["bytes_per_token"] == made.heads * (2 * 4 * keys * values + loaded + 2 * 2 * values)
    assert memory["bytes_per_token"]["step"] == step["bytes_per_token"]


def test_a_memory_without_kernels_says_why():
    found = report(stages("transformer"), "sm_90")
    memory = found["memories"][0]
    assert memory["kernels"] == [] and memory["schedule"] is None
    assert memory["launches"] == {"forward": 0, "backward": 0}
    assert memory["why"].startswith("torch serves: ") and memory["why"] in text(found)


def test_text_and_json_are_of_one_value(nlc):
    pytest.importorskip("triton")
    words = ["kernels", str(EXAMPLES / "linear_attention.nl"), "--target", "sm_90"]
    words += ["--set", "d=32", "--set", "heads=2", "--set", "layers=1"]
    code, out, err = nlc(*words)
    assert (code, err) == (0, "")
    code, as_json, _ = nlc(*words, "--json")
    found = json.loads(as_json)
    found.pop("diagnostics")
    assert code == 0 and text(found) == out.rstrip("\n")
    assert set(found) == {"target", "dtype", "memories", "chains"}


def test_an_unknown_target_is_wrong_usage(nlc):
    code, out, err = nlc("kernels", str(EXAMPLES / "transformer.nl"), "--target", "h100")
    assert (code, out) == (2, "") and "sm_90" in err
