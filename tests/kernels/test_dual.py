"""Kernels of anchored memories, interpreted: outputs, states and gradients are those of `reference.py`."""

import pytest
import torch

pytest.importorskip("triton", reason="Triton is not installed")

from precision import BOUNDS
from served import Served, definition, gap, holds, served, worst

from nlc.emit.table import table
from nlc.parts import registry
from nlc.parts.part import Pointwise
from nlc.run.kernels.ahead import recording

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
    update:    {update}
    anchor:    every {anchor} tokens
    init:      {init}
  }}
  {line}
}}
"""
PLAIN = {
    "d": 32,
    "heads": 2,
    "structure": "mlp(depth=2, expansion=2, residual=true, heads=heads)",
    "objective": "l2",
    "optimizer": "sgd(lr=0.1 * sigmoid(linear(x, heads)))",
    "retention": "keep(linear(x, heads, bias=3.0) |> sigmoid, to=init)",
    "update": "every token",
    "anchor": 16,
    "init": "learned",
    "line": "return m(x)",
}
MOMENTUM = "momentum(lr=0.1 * sigmoid(linear(x, heads)), beta=sigmoid(linear(x, heads)))"
APART = "y = m.read(x)\n  m.write(x)\n  return y"
GATE = "linear(x, heads, bias=3.0) |> sigmoid"
TTT = "heads=heads, expansion=1, bias=true, residual=true, norm=learned"
CASES = {
    "a network": {},
    "titans": {"optimizer": MOMENTUM},
    "titans to zero": {"optimizer": MOMENTUM, "retention": f"keep({GATE})"},
    "titans, a matrix": {"optimizer": MOMENTUM, "structure": "matrix(heads=heads)", "anchor": 32},
    "momentum alone": {"optimizer": "momentum(lr=0.05, beta=0.9)", "retention": "keep"},
    "biases and a norm": {
        "structure": f"mlp({TTT}, activation=gelu_tanh)",
        "retention": f"keep({GATE}, to=anchor)",
        "optimizer": MOMENTUM,
    },
    "biases to their start": {"structure": "mlp(heads=heads, expansion=1, bias=true)", "optimizer": MOMENTUM},
    "one layer with a norm": {
        "structure": f"mlp(depth=1, {TTT})",
        "retention": f"keep({GATE}, to=anchor)",
    },
    "a norm, dot": {
        "structure": "mlp(heads=heads, expansion=1, norm=true, activation=silu)",
        "objective": "dot",
    },
    "tanh, one rate": {
        "structure": "mlp(heads=heads, expansion=1, activation=tanh)",
        "optimizer": "sgd(lr=0.05)",
        "retention": "keep(0.95)",
    },
    "relu, 4 tokens": {"structure": "mlp(heads=heads, expansion=2, activation=relu)", "anchor": 4},
    "10 tokens, nothing forgotten": {"structure": "matrix(heads=heads)", "anchor": 10, "retention": "keep"},
    "from nothing": {
        "structure": "matrix(heads=heads, value=64)",
        "init": "zeros",
        "retention": f"keep({GATE})",
    },
    "huber": {"objective": "huber(delta=linear(x, heads) |> softplus, by=switch)"},
    "huber, a matrix": {"objective": "huber(delta=0.5)", "structure": "matrix(heads=heads)", "anchor": 64},
    "log cosh": {"objective": "minimize(log_cosh(p - v))", "structure": "matrix(heads=heads)"},
    "a sum in the loss": {
        "objective": "minimize(sqrt(1 + sum((p - v) * (p - v))) + 0.1 * p * sum(v * p))",
        "structure": "matrix(heads=heads)",
    },
    "read late": {"update": "every 16 tokens", "optimizer": MOMENTUM, "line": APART},
    "three heads of 16": {"d": 48, "heads": 3, "optimizer": MOMENTUM},
    "one head of 64": {"d": 64, "heads": 1, "structure": "mlp(heads=heads, expansion=1, residual=true)"},
}


def made(**changes: object) -> Served:
    return served(SPEC.format(**{**PLAIN, **changes}))


@pytest.mark.parametrize("name", CASES)
def test_kernels_are_their_definition(name: str):
    holds(made(**CASES[name]), 2, 40)


@pytest.mark.parametrize(("batch", "tokens"), [(1, 1), (3, 17), (1, 32)])
def test_any_number_of_tokens(batch: int, tokens: int):
    holds(made(**CASES["titans"]), batch, tokens)


def test_a_run_goes_on_from_another():
    """Also where it begins between two anchors, which torch's code then serves."""
    layer = (found := made(**CASES["titans"])).module()
    x = torch.randn(2, 60, 32)
    whole, end = layer.carry(x)
    for cut in (32, 23):
        with found.launched():
            first, state = layer.carry(x[:, :cut])
            second, state = layer.carry(x[:, cut:], state)
        assert gap(torch.cat([first, second], 1), whole) < 1e-5
        tensors = end.tensors()
        assert all(
            gap(t, tensors[name]) < 1e-5 for name, t in state.tensors().items() if t.is_floating_point()
        )


@pytest.mark.parametrize("correlation", [0.0, 0.9])
@pytest.mark.parametrize("kind", ["tf32", "bf16"])
def test_rounded_products(kind: str, correlation: float):
    found = made(**CASES["titans"])
    draw = torch.Generator().manual_seed(7)

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=draw, dtype=torch.float64)

    keys = correlation**0.5 * normal(1, 1, 2, 16) + (1 - correlation) ** 0.5 * normal(1, 60, 2, 16)
    keys, queries = (torch.nn.functional.normalize(x, dim=-1) for x in (keys, normal(1, 60, 2, 16)))
    gates = [scale * normal(1, 60, 2).sigmoid() for scale in (0.1, 1.0)] + [(normal(1, 60, 2) + 3).sigmoid()]
    low = torch.bfloat16 if kind == "bf16" else torch.float32
    given = [x.to(low) for x in (keys, normal(1, 60, 2, 16), queries)] + [x.float() for x in gates]

    results = []
    for exact in (True, False):
        memory = found.module().m.double() if exact else found.module().m
        state = memory.start(1)
        leaves = [(x.double() if exact else x).clone().requires_grad_() for x in given]
        with found.launched(tf32=kind == "tf32"):
            if exact:
                out = definition(found, memory, state, leaves)
            else:
                out, _ = memory(state, found.file("clock").Clock(0, 60), *leaves)
            weigh = torch.randn(out.shape, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
            (out * weigh.to(out.dtype)).sum().backward()
        results.append([out.detach(), *(leaf.grad for leaf in leaves)])
    wanted, ours = results
    assert gap(ours[0], wanted[0]) < BOUNDS[kind]
    assert worst(ours[1:], wanted[1:]) < BOUNDS[kind]


@pytest.mark.parametrize("kind", ["titans", "biases and a norm"])
def test_reading_with_heads_of_64_keeps_to_registers(kind: str, monkeypatch: pytest.MonkeyPatch):
    structure = f"mlp({TTT})" if "bias" in kind else "mlp(expansion=1, residual=true, heads=heads)"
    found = made(**{**CASES[kind], "structure": structure, "d": 64, "heads": 1})
    monkeypatch.setattr(found.file("device"), "serves", lambda tensor: True)
    with recording("sm_90") as launches, torch.autocast("cpu"), torch.no_grad():
        found.module().carry(torch.randn(1, 20, 64))
    (walk,) = (launch for launch in launches if "kernels_" in launch.module)
    assert walk.kernel == "walk"
    assert walk.resources.stack_bytes == 0 and walk.resources.mma > 0


def test_every_pointwise_function_can_stand_in_a_kernel():
    parts = {name: registry.find("op", name) for name in registry.names("op")}
    ops = [name for name, part in parts.items() if part is not None and issubclass(part, Pointwise)]
    assert [name for name in ops if name not in table("triton").ops] == []
