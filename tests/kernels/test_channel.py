"""Kernels of memories that forget every channel of their keys at its own speed, interpreted."""

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
    objective: {objective}
    optimizer: {optimizer}
    retention: {retention}
    update:    {update}
    init:      {init}
  }}
  {line}
}}
"""
KEEP = "linear(x, d, bias={bias}) |> sigmoid, axis=keys"
PLAIN = {
    "value": 16,
    "objective": "l2",
    "optimizer": "sgd(lr=linear(x, heads) |> sigmoid)",
    "retention": f"keep({KEEP.format(bias=3.0)}, first=true)",
    "update": "every token",
    "init": "zeros",
    "line": "return m(x)",
}
APART = "y = m.read(x)\n  m.write(x)\n  return y"
LATE = f"keep({KEEP.format(bias=3.0)})"
CASES = {
    "gated delta": {},
    "gated after": {"retention": LATE},
    "sums": {"objective": "dot", "optimizer": "sgd(lr=1)"},
    "rated sums": {"objective": "dot", "value": 32},
    "nearly nothing kept": {"retention": "keep(sigmoid(60 * linear(x, d)), axis=keys, first=true)"},
    "one rate": {"optimizer": "sgd(lr=0.3)"},
    "read before": {"line": APART},
    "read before, gated after": {"line": APART, "retention": LATE},
    "read late, sums": {"objective": "dot", "update": "every 8 tokens", "line": APART, "retention": LATE},
    "a learned start": {"init": "learned"},
    "two pairs a token": {"optimizer": "sgd(lr=2 * sigmoid(linear(x)), steps=2)"},
}


def made(**changes: object) -> Served:
    return served(SPEC.format(**{**PLAIN, **changes}))


@pytest.mark.parametrize("name", CASES)
def test_kernels_are_their_definition(name: str):
    holds(made(**CASES[name]), 1, 40)


@pytest.mark.parametrize(("batch", "tokens"), [(1, 1), (3, 17), (1, 65)])
def test_any_number_of_tokens(batch: int, tokens: int):
    holds(made(), batch, tokens)


def recurrence(queries, keys, values, rate, keep):
    """S ← a S − η (a S k − v) kᵀ, then S q: token by token, a for each channel of a key."""
    state = torch.zeros(1, precision.HEADS, precision.SIZE, precision.SIZE, dtype=keys.dtype)
    out = []
    for q, k, v, r, a in zip(*(x.unbind(1) for x in (queries, keys, values, rate, keep)), strict=True):
        state = state * a[..., None, :]
        error = (state @ k[..., None])[..., 0] - v
        state = state - (r[..., None] * error)[..., None] * k[..., None, :]
        out.append((state @ q[..., None])[..., 0])
    return torch.stack(out, dim=1)


def results(function, inputs):
    """What it gives, and gradients by its inputs of a number made of that."""
    leaves = [x.clone().requires_grad_() for x in inputs]
    out = function(*leaves)
    weigh = torch.randn(out.shape, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    return out, torch.autograd.grad((out * weigh.to(out.dtype)).sum(), leaves)


@pytest.mark.parametrize("kind", precision.PRECISIONS)
@pytest.mark.parametrize("lowest", [0.9, 0.0], ids=["near one", "down to nothing"])
def test_rounded_products(kind: str, lowest: float):
    """Also where fractions are 0, which no logarithm or quotient may spoil."""
    dtype = torch.bfloat16 if kind == "bf16" else torch.float32
    *given, rate, _ = precision.streams(0.5)
    keep = lowest + (1 - lowest) * torch.rand(given[1].shape, generator=torch.Generator().manual_seed(1))
    keep[:, ::7, :, ::3] = lowest
    inputs = [x[:, :40] for x in (*(x.to(dtype) for x in given), rate.float(), keep)]
    wanted, gradients = results(recurrence, [x.double() for x in inputs])

    found = served(SPEC.format(**{**PLAIN, "value": precision.SIZE}).replace("d = 32", "d = 64"))
    memory = found.module().m
    state, clock = memory.start(1), found.file("clock").Clock(0, 40)

    def kernels(q, k, v, r, a):
        return found.file("kernels_f_m").apply(memory, state, clock, k, v, q, r, a)[0]

    # Beside operands in bfloat16, exponents are added up in tf32.
    with found.launched(tf32=kind != "fp32"):
        ours, ours_gradients = results(kernels, inputs)
    bound = precision.BOUNDS[kind]
    assert gap(ours, wanted) < bound and worst(ours_gradients, gradients) < bound
