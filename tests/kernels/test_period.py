"""Memories that are written period by period: a launch a write, and whole models are as their torch code."""

from pathlib import Path

import pytest
import torch

pytest.importorskip("triton", reason="Triton is not installed")

from served import Served, compare, gap, served, worst

import nlc
from nlc.run.kernels.interpret import interpreting
from nlc.run.load import build

EXAMPLES = Path(__file__).parents[2] / "examples"
SPEC = """nl 1
dim d = {d}, heads = {heads}
block f(x: [T d]) {{
  memory m(x) {{
    structure: {structure}
    keys:      linear(x) |> l2norm
    values:    {other}.read(linear(x) |> l2norm)
    objective: {objective}
    optimizer: {optimizer}
    retention: {retention}
    update:    every {first} tokens
    init:      learned
  }}
  memory n(x) {{
    like:      m
    values:    m.read(linear(x) |> l2norm)
    update:    every {second} tokens
  }}
  y = m.read(linear(x) |> l2norm) + n.read(linear(x) |> l2norm)
  m.write(x)
  n.write(x)
  return y
}}
"""
PLAIN = {
    "d": 16,
    "heads": 1,
    "structure": "mlp(depth=2, expansion=2, residual=true, heads=heads)",
    "other": "n",
    "objective": "l2",
    "optimizer": "dgd(lr=0.3 * sigmoid(linear(x, heads)))",
    "retention": "keep(linear(x, heads, bias=3.0) |> sigmoid, to=init)",
    "first": 16,
    "second": 32,
}
CASES = {
    "two periods, three heads": {"d": 48, "heads": 3},
    "that share no multiple soon": {"first": 10, "second": 15, "retention": "keep"},
    "momentum": {"optimizer": "dgd(lr=0.1 * sigmoid(linear(x, heads)), beta=sigmoid(linear(x, heads)))"},
    "nothing is erased": {"optimizer": "sgd(lr=0.1 * sigmoid(linear(x, heads)))"},
    "biases and a norm": {
        "structure": "mlp(heads=heads, expansion=1, bias=true, residual=true, norm=learned)"
    },
    "a matrix": {"structure": "matrix(heads=heads)", "objective": "huber(delta=0.5)"},
}


def made(**changes: object) -> Served:
    return served(SPEC.format(**{**PLAIN, **changes}))


def near(found: Served, batch: int, tokens: int) -> None:
    assert found.kernels == ["kernels_f_m", "kernels_f_n"]
    output, gradient = compare(found, batch, tokens)
    assert output < 1e-5 and gradient < 1e-5, (output, gradient)


@pytest.mark.parametrize("name", CASES)
def test_kernels_are_their_definition(name: str):
    near(made(**CASES[name]), 1, 40)


def test_a_period_longer_than_a_tile_is_several_launches():
    near(made(first=96, second=96, structure="matrix(heads=heads)", objective="huber"), 1, 100)


def test_sequences_of_their_own_lengths():
    """Padding is torch's own."""
    layer = (found := made()).module()
    x, lengths = torch.randn(2, 40, 16), torch.tensor([40, 23])
    wanted, _ = layer.carry(x, lengths=lengths)
    with found.launched():
        ours, _ = layer.carry(x, lengths=lengths)
    assert gap(ours, wanted) < 1e-5


class Launches:
    """Counts them."""

    def __init__(self) -> None:
        self.kernels: list[str] = []

    def launch(self, kernel: str, module: str, grid: tuple[int, ...]) -> None:
        self.kernels.append(kernel)

    def runs(self, place: tuple[int, int, int]) -> bool:
        return True

    def access(self, *_: object) -> None:
        pass


@pytest.mark.parametrize("name", ["hope", "self_modifying_titans"])
def test_a_whole_model_is_as_its_torch_code(name: str, monkeypatch: pytest.MonkeyPatch):
    settings = {"d": 32, "heads": 2, "layers": 1, "vocab": 16, "chunk": 16, "slow": 32}
    found = Served(build(nlc.load(EXAMPLES / f"{name}.nl", **settings).files("triton")))
    ids = torch.randint(16, (1, 40), generator=torch.Generator().manual_seed(1))
    results, seen = [], Launches()
    for kernels in (False, True):
        model = found.module()
        if kernels:
            monkeypatch.setattr(found.file("device"), "serves", lambda tensor: True)
        with interpreting(watcher=seen):
            loss = model.loss(ids)
            loss.backward()
        results.append([loss, *(p.grad for p in model.parameters() if p.grad is not None)])
        assert bool(seen.kernels) == kernels
    assert {"period", "period_back"} <= set(seen.kernels)
    wanted, ours = results
    assert gap(ours[0], wanted[0]) < 1e-5 and worst(ours, wanted) < 1e-4
