"""Kernels of memories of which a map is seen, interpreted: they are `reference.py`."""

from contextlib import nullcontext

import pytest
import torch

pytest.importorskip("triton", reason="Triton is not installed")

from precision import BOUNDS
from served import Served, compare, definition, gap, holds, served, worst

SPEC = """nl 1
dim d = {d}, heads = {heads}
block f(x: [T d]) {{
  memory m(x) {{
    structure: {structure}
    keys:      linear(x) |> l2norm
    values:    linear(x)
    queries:   linear(x) |> l2norm
    objective: {objective}
    optimizer: {optimizer}
    retention: {retention}
    update:    every token
    anchor:    every {anchor} tokens
    init:      {init}
  }}
  return m(x)
}}
"""
GATE = "linear(x, heads, bias=3.0) |> sigmoid"
PLAIN = {
    "d": 32,
    "heads": 2,
    "structure": "mlp(depth=2, expansion=2, residual=true, norm=true, heads=heads)",
    "objective": "l2",
    "optimizer": "sgd(lr=0.1 * sigmoid(linear(x, heads)))",
    "retention": f"norm({GATE}, to=init, q=4)",
    "anchor": 16,
    "init": "learned",
}
MATRIX = "matrix(heads=heads)"
OMEGA = "window({}, 4, weights=linear(x, heads) |> sigmoid)"
MUON = "muon(lr=0.05 * sigmoid(linear(x, heads)), beta=linear(x, heads) |> sigmoid{})"
CASES = {
    "moneta": {"objective": "lp(p=3)"},
    "weights that sum to 4": {
        "retention": f"simplex({GATE}, to=init, scale=4)",
        "structure": "mlp(depth=2, expansion=2, residual=true, heads=heads)",
    },
    "a threshold": {"retention": f"shrink({GATE}, to=init, threshold=0.05)"},
    "a norm between": {"retention": f"norm({GATE}, to=init, q=2.5)", "anchor": 4},
    "a low norm, a matrix": {"retention": f"norm({GATE}, q=1.5)", "structure": MATRIX},
    "a cube": {"retention": "norm(0.95, q=3)", "structure": "mlp(depth=2, heads=heads, activation=silu)"},
    "nothing forgotten": {"retention": "simplex", "structure": MATRIX, "anchor": 10},
    "a learned norm": {
        "structure": "mlp(depth=1, heads=heads, norm=learned, residual=true)",
        "retention": f"shrink({GATE})",
    },
    "huber": {
        "objective": "huber(delta=linear(x, heads) |> softplus, by=switch)",
        "retention": f"simplex({GATE})",
        "structure": MATRIX,
    },
    "atlas": {
        "structure": "mlp(depth=2, expansion=2, residual=true, heads=heads)",
        "objective": OMEGA.format("l2"),
        "optimizer": MUON.format(""),
        "retention": f"keep({GATE}, to=init)",
    },
    "muon, a matrix": {
        "structure": "matrix(heads=heads, value=32)",
        "optimizer": "muon(lr=0.02, beta=0.9, iterations=2)",
        "retention": "keep",
        "init": "zeros",
        "anchor": 4,
    },
    "a window of more pairs than a chunk": {
        "structure": "mlp(depth=2, expansion=1, norm=true, residual=true, heads=heads)",
        "objective": "window(l2, 7, weights=linear(x, heads) |> sigmoid)",
        "optimizer": MUON.format(", iterations=1"),
        "retention": f"keep({GATE})",
        "anchor": 4,
    },
    "three heads": {"d": 48, "heads": 3, "optimizer": "sgd(lr=0.05)"},
}


def made(**changes: object) -> Served:
    return served(SPEC.format(**{**PLAIN, **changes}))


@pytest.mark.parametrize("name", CASES)
def test_kernels_are_their_definition(name: str):
    holds(made(**CASES[name]), 1, 20)


@pytest.mark.parametrize(("batch", "tokens"), [(1, 1), (3, 17), (1, 32)])
@pytest.mark.parametrize("name", ["moneta", "a window of more pairs than a chunk"])
def test_any_number_of_tokens(name: str, batch: int, tokens: int):
    holds(made(**CASES[name], d=16, heads=1), batch, tokens)


@pytest.mark.parametrize("name", ["moneta", "a window of more pairs than a chunk"])
def test_a_run_goes_on_from_another(name: str):
    layer = (found := made(**CASES[name])).module()
    x = torch.randn(2, 40, 32)
    whole, end = layer.carry(x)
    for cut in (16, 23):
        with found.launched():
            first, state = layer.carry(x[:, :cut])
            second, state = layer.carry(x[:, cut:], state)
        assert gap(torch.cat([first, second], 1), whole) < 1e-5
        tensors = end.tensors()
        assert all(gap(t, tensors[n]) < 1e-5 for n, t in state.tensors().items() if t.is_floating_point())


def test_weights_that_are_alike_are_as_exact_as_in_torch():
    """A norm of numbers that are nearly the same takes most of what float32 has of them."""
    found = made(retention=f"simplex({GATE}, to=init)")
    ours = compare(found, 1, 20)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Served, "launched", lambda self, tf32: nullcontext())
        torchs = compare(found, 1, 20)
    assert all(mine < 3 * other for mine, other in zip(ours, torchs, strict=True)), (ours, torchs)


@pytest.mark.parametrize("kind", ["tf32", "bf16"])
@pytest.mark.parametrize(("name", "gates"), [("moneta", "rk"), ("atlas", "rbkc")])
def test_rounded_products(name: str, gates: str, kind: str):
    found = made(**CASES[name])
    wanted, ours = (rounded(found, gates, kind, exact) for exact in (True, False))
    assert gap(ours[0], wanted[0]) < BOUNDS[kind]
    assert worst(ours[1:], wanted[1:]) < BOUNDS[kind]


def rounded(found: Served, gates: str, kind: str, exact: bool) -> list[torch.Tensor]:
    """The output and the gradients at streams that are rounded already: of `reference.py`, or of kernels."""
    draw = torch.Generator().manual_seed(7)
    streams = [torch.randn(1, 20, 2, 16, generator=draw) for _ in range(3)]
    streams[0], streams[2] = (torch.nn.functional.normalize(x, dim=-1) for x in (streams[0], streams[2]))
    low = torch.bfloat16 if kind == "bf16" else torch.float32
    least, most = {"r": 0.0, "b": 0.5, "k": 0.9, "c": 0.0}, {"r": 0.1, "b": 1.0, "k": 1.0, "c": 1.0}
    drawn = [least[g] + (most[g] - least[g]) * torch.rand(1, 20, 2, generator=draw) for g in gates]
    given = [x.to(low) for x in streams] + drawn
    leaves = [(x.double() if exact else x).requires_grad_() for x in given]
    memory = found.module().m.double() if exact else found.module().m
    if exact:
        out = definition(found, memory, memory.start(1), leaves)
    else:
        with found.launched(tf32=kind == "tf32"):
            out, _ = memory(memory.start(1), found.file("clock").Clock(0, 20), *leaves)
    weigh = torch.randn(out.shape, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    with found.launched(tf32=kind == "tf32"):
        (out * weigh.to(out.dtype)).sum().backward()
    return [out.detach(), *(leaf.grad for leaf in leaves)]
