"""Anchored memories that erase: their kernels, interpreted, are their definition in float64."""

import pytest
import torch

pytest.importorskip("triton", reason="Triton is not installed")

from precision import BOUNDS
from served import Served, gap, holds, worst
from test_dual import APART, GATE, TTT, definition, made

DGD = "dgd(lr=0.3 * sigmoid(linear(x, heads)){})"
ALL, LAST, MOMENTUM = DGD.format(""), DGD.format(", erase=last"), "beta=sigmoid(linear(x, heads))"
CASES = {
    "each layer": {},
    "the last layer, to zero": {"optimizer": LAST, "retention": f"keep({GATE})"},
    "a rate of its own, nothing forgotten": {
        "optimizer": "dgd(lr=0.1, erase_rate=0.5 * sigmoid(linear(x, heads)))",
        "retention": "keep",
    },
    "one rate, one fraction, 10 tokens": {
        "optimizer": "dgd(lr=0.1)",
        "retention": "keep(0.95)",
        "anchor": 10,
    },
    "biases and a norm": {"structure": f"mlp({TTT})", "retention": f"keep({GATE}, to=anchor)"},
    "biases to their start, read late": {
        "structure": "mlp(heads=heads, expansion=1, bias=true)",
        "update": "every 16 tokens",
        "line": APART,
    },
    "a matrix": {"structure": "matrix(heads=heads)", "objective": "huber(delta=0.5)", "anchor": 32},
    "momentum": {"optimizer": DGD.format(f", {MOMENTUM}")},
    "momentum, biases, the last layer": {
        "optimizer": DGD.format(f", {MOMENTUM}, erase=last"),
        "structure": "mlp(heads=heads, expansion=1, bias=true)",
        "retention": f"keep({GATE})",
    },
    "one head of 64": {"d": 64, "heads": 1, "anchor": 64},
    "three heads of 16, relu": {
        "d": 48,
        "heads": 3,
        "structure": "mlp(heads=heads, expansion=2, activation=relu)",
    },
}


def erasing(**changes: object) -> Served:
    return made(**{"optimizer": ALL, **changes})


@pytest.mark.parametrize("name", CASES)
def test_kernels_are_their_definition(name: str):
    holds(erasing(**CASES[name]), 1, 40)


@pytest.mark.parametrize(("batch", "tokens"), [(1, 1), (3, 17)])
def test_any_number_of_tokens(batch: int, tokens: int):
    holds(erasing(), batch, tokens)


@pytest.mark.parametrize(("kind", "correlation"), [("tf32", 0.9), ("bf16", 0.0), ("bf16", 0.9)])
def test_rounded_products(kind: str, correlation: float):
    found = erasing()
    draw = torch.Generator().manual_seed(7)

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=draw, dtype=torch.float64)

    keys = correlation**0.5 * normal(1, 1, 2, 16) + (1 - correlation) ** 0.5 * normal(1, 40, 2, 16)
    keys, queries = (torch.nn.functional.normalize(x, dim=-1) for x in (keys, normal(1, 40, 2, 16)))
    gates = [0.1 * normal(1, 40, 2).sigmoid(), (normal(1, 40, 2) + 3).sigmoid()]
    low = torch.bfloat16 if kind == "bf16" else torch.float32
    given = [x.to(low) for x in (keys, normal(1, 40, 2, 16), queries)] + [x.float() for x in gates]

    results = []
    for exact in (True, False):
        memory = found.module().m.double() if exact else found.module().m
        leaves = [(x.double() if exact else x).clone().requires_grad_() for x in given]
        with found.launched(tf32=kind == "tf32"):
            if exact:
                out = definition(found, memory, memory.start(1), leaves)
            else:
                out, _ = memory(memory.start(1), found.file("clock").Clock(0, 40), *leaves)
            weigh = torch.randn(out.shape, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
            (out * weigh.to(out.dtype)).sum().backward()
        results.append([out.detach(), *(leaf.grad for leaf in leaves)])
    wanted, ours = results
    assert gap(ours[0], wanted[0]) < BOUNDS[kind]
    assert worst(ours[1:], wanted[1:]) < BOUNDS[kind]
