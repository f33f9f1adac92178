"""Kernels of linear memories with momentum and exact gradients, interpreted."""

import pytest
import torch

pytest.importorskip("triton", reason="Triton is not installed")

import precision
from served import Served, gap, holds, served, worst

from nlc.lower.tuned import KERNELS
from nlc.run.kernels.ahead import recording

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
GATE = "linear(x, heads, bias=1.0) |> sigmoid"
PLAIN = {
    "value": 16,
    "objective": "l2",
    "optimizer": f"momentum(lr=0.3 * sigmoid(linear(x, heads)), beta={GATE})",
    "retention": f"keep({GATE})",
    "update": "every token",
    "init": "zeros",
    "line": "return m(x)",
}
APART = "y = m.read(x)\n  m.write(x)\n  return y"
CASES = {
    "titans, exact": {},
    "sums": {"objective": "dot"},
    "one rate, more values": {"optimizer": f"momentum(lr=0.2, beta={GATE})", "value": 32},
    "numbers": {"optimizer": "momentum(lr=0.2, beta=0.9)", "retention": "keep(0.95)"},
    "nothing forgotten": {"retention": "keep"},
    "nearly nothing kept": {"retention": "keep(sigmoid(20 * linear(x, heads)))"},
    "read before": {"line": APART},
    "read late": {"update": "every 8 tokens", "line": APART},
    "to its start": {"init": "learned", "retention": f"keep({GATE}, to=init)"},
}


def made(**changes: object) -> Served:
    return served(SPEC.format(**{**PLAIN, **changes}))


@pytest.mark.parametrize("name", CASES)
def test_kernels_are_their_definition(name: str):
    holds(made(**CASES[name]), 1, 40)


@pytest.mark.parametrize(("batch", "tokens"), [(1, 1), (3, 17), (1, 65)])
def test_any_number_of_tokens(batch: int, tokens: int):
    holds(made(), batch, tokens)


def test_padding_moves_nothing():
    """Sequences of their own lengths: where none comes, the momentum moves the state no further."""
    found = made()
    layer, exact = found.module(), found.module().double()
    x, lengths = torch.randn(3, 40, 32), torch.tensor([40, 1, 23])
    wanted, after = exact.carry(x.double(), lengths=lengths)
    with found.launched():
        y, state = layer.carry(x, lengths=lengths)
    for row, length in enumerate(lengths):
        assert gap(y[row, :length], wanted[row, :length]) < 1e-5
    for name in ("layer1", "momentum1"):
        assert gap(state.memories["m"][name], after.memories["m"][name]) < 1e-5


def recurrence(queries, keys, values, rate, keep, beta):
    """M ← β M − η (S k − v) kᵀ, S ← a S + M, then S q: token by token."""
    state = torch.zeros(1, precision.HEADS, precision.SIZE, precision.SIZE, dtype=keys.dtype)
    momentum, out = state, []
    streams = queries, keys, values, *(x[..., None, None] for x in (rate, keep, beta))
    for q, k, v, r, a, b in zip(*(x.unbind(1) for x in streams), strict=True):
        error = (state @ k[..., None])[..., 0] - v
        momentum = b * momentum - r * error[..., None] * k[..., None, :]
        state = a * state + momentum
        out.append((state @ q[..., None])[..., 0])
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
    *given, rate, keep = (x[:, :40] for x in precision.streams(0.5))
    beta = torch.rand(rate.shape, generator=torch.Generator().manual_seed(1))
    inputs = [*(x.to(dtype) for x in given), 0.2 * rate.float(), keep.float(), beta]
    wanted, gradients = results(recurrence, [x.double() for x in inputs])

    found = served(SPEC.format(**{**PLAIN, "value": precision.SIZE}).replace("d = 32", "d = 64"))
    file = found.file("kernels_f_m")
    zero = torch.zeros(1, precision.HEADS, precision.SIZE, precision.SIZE)

    # Beside operands in bfloat16, shares of writes are multiplied in tf32.
    with found.launched(tf32=kind != "fp32"):
        ours, ours_gradients = results(lambda *x: file.Scan.apply(*x, None, zero, zero)[0], inputs)
    bound = precision.BOUNDS[kind]
    assert gap(ours, wanted) < bound and worst(ours_gradients, gradients) < bound


def test_chunks_of_32_tokens_keep_to_registers(monkeypatch: pytest.MonkeyPatch):
    """Heads of 64 numbers in bfloat16, compiled for a GPU as its record says."""
    found = served(SPEC.format(**{**PLAIN, "value": 64}).replace("d = 32, heads = 2", "d = 64, heads = 1"))
    monkeypatch.setattr(found.file("device"), "serves", lambda tensor: True)
    with recording("sm_90") as launches, torch.autocast("cpu"):
        found.module().carry(torch.randn(1, 64, 64))[0].float().sum().backward()
    own = [launch for launch in launches if launch.module == found.file("kernels_f_m").__name__]
    assert {launch.kernel for launch in own} == set(KERNELS["momentum"])
    assert {launch.constants["C"] for launch in own} == {32}
    assert [launch.kernel for launch in own if launch.resources.stack_bytes] == []
