"""Kernels of memories of which a head answers one number, interpreted: they are `reference.py`."""

import pytest
import torch

pytest.importorskip("triton", reason="Triton is not installed")

from precision import BOUNDS
from served import Served, definition, gap, holds, served, worst

SPEC = """nl 1
dim d = 12, heads = {heads}, state = {state}
block f(x: [T d]) {{
  memory m(x) {{
    structure: matrix(heads=heads, {shared}key=state, value=1)
    keys:      {keys}
    values:    linear(x, heads)
    queries:   {keys}
    objective: dot
    optimizer: {optimizer}
    retention: {retention}
    update:    {update}
    init:      {init}
  }}
  {line}
}}
"""
CHANNELS = "linear(x, {}, bias=3.0) |> sigmoid, axis=keys"
PLAIN = {
    "heads": 3,
    "state": 16,
    "shared": "key_heads=1, ",
    "keys": "linear(x, state)",
    "optimizer": "sgd(lr=linear(x, heads) |> softplus)",
    "retention": f"keep({CHANNELS.format('heads * state')})",
    "update": "every token",
    "init": "zeros",
    "line": "return m(x)",
}
ALL = {"shared": "", "keys": "linear(x, heads * state)"}
GATE = "keep(linear(x, heads, bias=3.0) |> sigmoid"
APART = "y = m.read(x)\n  m.write(x)\n  return y"
CASES = {
    "a selective scan": {},
    "sums": {**ALL, "retention": "keep", "optimizer": "sgd(lr=1)", "state": 32},
    "a gate a head, to its start": {**ALL, "retention": f"{GATE}, to=init)", "init": "learned"},
    "one rate, one kept fraction": {"optimizer": "sgd(lr=0.5)", "retention": "keep(0.9)", "state": 4},
    "read before": {"line": APART, "state": 64},
    "read late": {"line": APART, "update": "every 8 tokens"},
    "many heads": {"heads": 20, "state": 8},
}


def made(**changes: object) -> Served:
    return served(SPEC.format(**{**PLAIN, **changes}))


@pytest.mark.parametrize("name", CASES)
def test_kernels_are_their_definition(name: str):
    holds(made(**CASES[name]), 2, 40)


@pytest.mark.parametrize(("batch", "tokens"), [(1, 1), (3, 17), (1, 65)])
def test_any_number_of_tokens(batch: int, tokens: int):
    holds(made(heads=1), batch, tokens)


def test_streams_in_bfloat16():
    found = made()
    draw = torch.Generator().manual_seed(7)
    streams = [torch.randn(1, 40, 3, size, generator=draw).bfloat16() for size in (16, 1, 16)]
    gates = [torch.rand(1, 40, 3, generator=draw), 1 - 0.1 * torch.rand(1, 40, 3, 16, generator=draw)]
    weigh = torch.randn(1, 40, 3, 1, generator=draw, dtype=torch.float64)
    results: list[list[torch.Tensor]] = []
    for exact in (True, False):
        memory = found.module().m.double() if exact else found.module().m
        leaves = [(x.double() if exact else x.clone()).requires_grad_() for x in (*streams, *gates)]
        with found.launched():
            if exact:
                out = definition(found, memory, memory.start(1), leaves)
            else:
                out, _ = memory(memory.start(1), found.file("clock").Clock(0, 40), *leaves)
            (out * weigh.to(out.dtype)).sum().backward()
        results.append([out.detach(), *(leaf.grad for leaf in leaves)])
    wanted, ours = results
    assert gap(ours[0], wanted[0]) < BOUNDS["bf16"] and worst(ours[1:], wanted[1:]) < BOUNDS["bf16"]


def test_a_run_goes_on_from_another():
    layer = (found := made()).module()
    x = torch.randn(2, 50, 12)
    whole, _ = layer.carry(x)
    with found.launched():
        first, state = layer.carry(x[:, :33])
        second, _ = layer.carry(x[:, 33:], state)
    assert gap(torch.cat([first, second], 1), whole) < 1e-5
