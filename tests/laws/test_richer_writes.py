"""Writes that say more than a rate compile to one graph, export with any length, and keep states whole."""

from pathlib import Path

import pytest
import torch
from compiled import assert_close, assert_same_state, compiled, gradients
from torch.export import Dim

EXAMPLES = Path(__file__).parents[2] / "examples"
SIZES = {"vocab": "24", "d": "16", "heads": "2", "layers": "1"}
NAMES = {"rwkv7": SIZES | {"rank": "3"}, "deltaproduct": SIZES, "mesa": SIZES}
pytestmark = pytest.mark.filterwarnings("ignore")  # torch's compilers warn of themselves


def small(name):
    return compiled((EXAMPLES / f"{name}.nl").read_text(encoding="utf-8"), **NAMES[name])


@pytest.mark.parametrize("name", NAMES)
def test_one_graph(name):
    package = small(name)
    module, ids = package.module(), package.inputs(2, 19)
    torch._dynamo.reset()
    fast = torch.compile(module, fullgraph=True, backend="eager")
    y, wanted = fast(ids)[0], module(ids)[0]
    assert_close(y, wanted, 1e-12, "scores")
    found = gradients(y.square().mean(), module)
    for path, gradient in gradients(wanted.square().mean(), module).items():
        assert_close(found[path], gradient, 1e-9, path)


@pytest.mark.parametrize("name", NAMES)
@torch.no_grad()
def test_any_length_from_one_export(name):
    package = small(name)
    module = package.module()
    shapes = ({1: Dim("tokens", min=2)},)
    exported = torch.export.export(module, (package.inputs(2, 11),), dynamic_shapes=shapes).module()
    for tokens in (3, 75):
        ids = package.inputs(2, tokens)
        (y, state), (wanted, other) = exported(ids), module(ids)
        assert_close(y, wanted, 1e-9, f"{tokens} tokens")
        assert_same_state(state, other)


@pytest.mark.parametrize("name", NAMES)
def test_autocast_keeps_states_whole(name):
    package = small(name)
    module, ids = package.module(torch.float32, spread=0.0), package.inputs(2, 40)
    wanted, _ = module(ids)
    with torch.autocast("cpu", torch.bfloat16):
        y, state = module(ids)
        y.float().square().mean().backward()
    assert {t.dtype for t in state.tensors().values()} == {torch.float32, torch.int64}
    assert all(p.grad.isfinite().all() for p in module.parameters() if p.grad is not None)
    assert_close(y.float(), wanted, 0.05, "scores")
