"""Kernels of linear memories, interpreted: outputs, states and gradients are those of `reference.py`."""

import pytest
import torch

pytest.importorskip("triton", reason="Triton is not installed")

import precision
from served import Served, holds, served

SPEC = """nl 1
dim d = {d}, heads = {heads}
block f(x: [T d]) {{
  memory m(x) {{
    structure: matrix(heads=heads, value={value})
    keys:      linear(x) |> l2norm
    values:    linear(x)
    queries:   linear(x) |> l2norm
    objective: {objective}
    optimizer: {optimizer}
    retention: {retention}
    update:    {update}
    anchor:    every token
    init:      {init}
  }}
  {line}
}}
"""
PLAIN = {
    "d": 32,
    "heads": 2,
    "value": 16,
    "objective": "l2",
    "optimizer": "sgd(lr=linear(x, heads) |> sigmoid)",
    "retention": "keep(linear(x, heads, bias=3.0) |> sigmoid)",
    "update": "every token",
    "init": "zeros",
    "line": "return m(x)",
}
APART = "y = m.read(x)\n  m.write(x)\n  return y"
CASES = {
    "gated delta": {"retention": "keep(linear(x, heads, bias=3.0) |> sigmoid, first=true)"},
    "gated after": {},
    "delta": {"retention": "keep"},
    "sums": {"objective": "dot", "retention": "keep", "optimizer": "sgd(lr=1)"},
    "sums that fade": {"objective": "dot", "optimizer": "sgd(lr=0.5)"},
    "rated sums": {"objective": "dot"},
    "one rate": {"optimizer": "sgd(lr=0.3)"},
    "one kept fraction": {"retention": "keep(0.95)"},
    "steeper": {
        "objective": "minimize((p - 2 * v) * (p - 2 * v))",
        "optimizer": "sgd(lr=0.3 * sigmoid(linear(x, heads)))",
    },
    "read before": {"line": APART},
    "read before, sums": {"objective": "dot", "line": APART},
    "read late": {"update": "every 8 tokens", "line": APART},
    "read late, sums": {"objective": "dot", "update": "every 8 tokens", "line": APART},
    "to its start": {"init": "learned", "retention": "keep(linear(x, heads, bias=3.0) |> sigmoid, to=init)"},
    "erased": {"objective": "dot", "optimizer": "dgd(lr=linear(x, heads) |> sigmoid)"},
    "erased to its start": {
        "init": "learned",
        "optimizer": "dgd(lr=0.5 * sigmoid(linear(x, heads)))",
        "retention": "keep(linear(x, heads, bias=3.0) |> sigmoid, to=init)",
    },
    "two pairs a token": {
        "optimizer": "sgd(lr=2 * sigmoid(linear(x)), steps=2)",
        "retention": "keep(linear(x, heads, bias=3.0) |> sigmoid, first=true)",
    },
    "three pairs a token, read before": {
        "optimizer": "sgd(lr=0.5, steps=3)",
        "retention": "keep(0.95)",
        "line": APART,
    },
    "two pairs a token, read late": {
        "optimizer": "sgd(lr=0.5 * sigmoid(linear(x)), steps=2)",
        "update": "every 8 tokens",
        "line": APART,
    },
    "three heads of other sizes": {"d": 48, "heads": 3, "value": 32},
    "one head of 64": {"d": 64, "heads": 1, "value": 64},
}


def made(**changes) -> Served:
    return served(SPEC.format(**{**PLAIN, **changes}))


@pytest.mark.parametrize("name", CASES)
def test_kernels_are_their_definition(name: str):
    holds(made(**CASES[name]), 2, 70)


@pytest.mark.parametrize(("batch", "tokens"), [(1, 1), (3, 17), (1, 64), (1, 129)])
def test_any_number_of_tokens(batch: int, tokens: int):
    holds(made(**CASES["gated delta"]), batch, tokens)


@pytest.fixture(scope="module")
def correlated():
    return precision.layer()


@pytest.mark.parametrize("correlation", precision.CORRELATIONS)
@pytest.mark.parametrize("kind", precision.PRECISIONS)
def test_rounded_products(correlated: Served, kind: str, correlation: float):
    found = precision.measure(correlated, kind, correlation)
    if correlation < 0.9 or kind == "fp32":
        assert max(found.output, found.gradient) < precision.BOUNDS[kind], found
    else:
        assert found.output < min(2 * found.torch_output, precision.MOST), found
        assert found.gradient < min(2 * found.torch_gradient, precision.MOST), found


def test_without_a_gpu_torch_serves():
    layer = made().module()
    x = torch.randn(2, 9, 32)
    y, _ = layer.carry(x)
    assert y.shape == x.shape


@pytest.mark.parametrize(("tokens", "block"), [(16, 16), (64, 64), (64, 32), (128, 32)])
@pytest.mark.parametrize("name", ["gated delta", "sums that fade"])
def test_a_schedule_changes_nothing(name: str, tokens: int, block: int, monkeypatch: pytest.MonkeyPatch):
    found = made(**CASES[name], d=64, heads=1, value=64)
    file = found.file("kernels_f_m")
    kernels = [kernel for kernel in file.SCHEDULES["any"] if kernel != "tokens"]
    schedule = {"tokens": tokens, **dict.fromkeys(kernels, (block, 4, 1))}
    monkeypatch.setattr(file, "SCHEDULES", {"any": schedule})
    holds(found, 1, 150)


def test_nothing_kept_ends_in_no_wild_number():
    """A fraction of 0 counts as the least one, which nothing is differentiated by."""
    found = made(**CASES["gated delta"])
    file, state = found.file("kernels_f_m"), torch.zeros(1, 2, 16, 16)
    draw = torch.Generator().manual_seed(3)
    streams = [torch.randn(1, 70, 2, 16, generator=draw) / 4 for _ in range(3)]
    rate, keep = torch.rand(1, 70, 2, generator=draw), 0.5 + 0.5 * torch.rand(1, 70, 2, generator=draw)
    keep[:, 20:23] = 0.0
    leaves = [x.requires_grad_() for x in (*streams, rate, keep)]
    with found.launched():
        out, _ = file.Scan.apply(*leaves, state)
        out.square().sum().backward()
    assert all(torch.isfinite(x.grad).all() for x in leaves)
    assert keep.grad[:, 20:23].abs().max() == 0 and keep.grad.abs().max() < 1e3
