"""Kernels of memories that erase at keys or rates of their own, interpreted."""

import pytest
import torch

pytest.importorskip("triton", reason="Triton is not installed")

import precision
from served import Served, gap, holds, served, worst

SPEC = """nl 1
dim d = 32, heads = 2
block f(x: [T d]) {{
  memory m(x) {{
    structure: matrix(heads=heads, value={value})
    keys:      linear(x) |> l2norm
    values:    linear(x)
    queries:   linear(x) |> l2norm
    objective: dot
    optimizer: dgd(lr={rate}, {erase})
    retention: {retention}
    update:    {update}
    init:      {init}
  }}
  {line}
}}
"""
PLAIN = {
    "value": 16,
    "rate": "1",
    "erase": "erase_keys=linear(x) |> l2norm, erase_rate=linear(x) |> sigmoid, erase_axis=keys",
    "retention": "keep(linear(x, d, bias=3.0) |> sigmoid, axis=keys)",
    "update": "every token",
    "init": "zeros",
    "line": "return m(x)",
}
APART = "y = m.read(x)\n  m.write(x)\n  return y"
CASES = {
    "as rwkv7": {},
    "a rate, more values": {"rate": "linear(x, heads) |> sigmoid", "value": 32},
    "one erase rate": {"erase": "erase_keys=linear(x) |> l2norm, erase_rate=0.5"},
    "a rate a token": {"erase": "erase_keys=linear(x) |> l2norm, erase_rate=linear(x, heads) |> sigmoid"},
    "its own keys by channels": {"erase": "erase_rate=linear(x) |> sigmoid, erase_axis=keys"},
    "one kept fraction": {"retention": "keep(linear(x, heads, bias=3.0) |> sigmoid)"},
    "a number kept": {"retention": "keep(0.9)"},
    "nothing forgotten": {"retention": "keep(1.0)"},
    "nearly nothing kept": {"retention": "keep(sigmoid(60 * linear(x, d)), axis=keys)"},
    "read before": {"line": APART},
    "read late": {"update": "every 8 tokens", "line": APART},
    "a learned start": {"init": "learned"},
}


def made(**changes: object) -> Served:
    return served(SPEC.format(**{**PLAIN, **changes}))


@pytest.mark.parametrize("name", CASES)
def test_kernels_are_their_definition(name: str):
    holds(made(**CASES[name]), 1, 40)


@pytest.mark.parametrize(("batch", "tokens"), [(1, 1), (3, 17), (1, 65)])
def test_any_number_of_tokens(batch: int, tokens: int):
    holds(made(), batch, tokens)


def recurrence(q, k, e, b, v, keep):
    """S ← a S + v kᵀ − S e bᵀ, then S q: token by token, a for each channel of a key."""
    state = torch.zeros(1, precision.HEADS, precision.SIZE, precision.SIZE, dtype=k.dtype)
    out = []
    for q_t, k_t, e_t, b_t, v_t, a_t in zip(*(x.unbind(1) for x in (q, k, e, b, v, keep)), strict=True):
        found = state @ e_t[..., None]
        state = a_t[..., None, :] * state + v_t[..., None] * k_t[..., None, :] - found * b_t[..., None, :]
        out.append((state @ q_t[..., None])[..., 0])
    return torch.stack(out, dim=1)


def results(function, inputs):
    """What it gives, and gradients by its inputs of a number made of that."""
    leaves = [x.clone().requires_grad_() for x in inputs]
    out = function(*leaves)
    weigh = torch.randn(out.shape, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    return out, torch.autograd.grad((out * weigh.to(out.dtype)).sum(), leaves)


@pytest.mark.parametrize("kind", precision.PRECISIONS)
def test_rounded_products(kind: str):
    dtype = torch.bfloat16 if kind == "bf16" else torch.float32
    q, k, v, rate, _ = (x[:, :40] for x in precision.streams(0.5))
    draw = torch.Generator().manual_seed(1)
    e = torch.nn.functional.normalize(torch.randn(k.shape, generator=draw, dtype=k.dtype), dim=-1)
    keep = torch.rand(k.shape, generator=draw, dtype=k.dtype)
    inputs = [*(x.to(dtype) for x in (q, k, e, rate[..., None] * e, v)), keep.float()]
    wanted, gradients = results(recurrence, [x.double() for x in inputs])

    found = served(SPEC.format(**{**PLAIN, "value": precision.SIZE}).replace("d = 32", "d = 64"))
    file = found.file("kernels_f_m")
    first = torch.zeros(1, precision.HEADS, precision.SIZE, precision.SIZE)
    # Beside operands in bfloat16, exponents are added up in tf32.
    with found.launched(tf32=kind != "fp32"):
        ours, ours_gradients = results(lambda *streams: file.Scan.apply(*streams, first)[0], inputs)
    bound = precision.BOUNDS[kind]
    assert gap(ours, wanted) < bound and worst(ours_gradients, gradients) < bound
