"""Lines of a block as one kernel, interpreted: outputs, states and gradients are the definition's."""

import json
import random
from contextlib import nullcontext
from functools import partial
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

pytest.importorskip("triton", reason="Triton is not installed")

from served import Served, compare, gap, served, worst

import nlc
from nlc.lower.chain import Chain
from nlc.lower.chains import chains
from nlc.run.kernels.interpret import interpreting
from nlc.run.load import build
from nlc.write.expr import print_expr

EXAMPLES = Path(__file__).parents[2] / "examples"
SPEC = """nl 1
dim d = {d}, heads = {heads}
block f(x: [T d]) {{
  return {line}
}}
"""
CASES = {
    "convolution and norm": "linear(x) |> conv(4) |> silu |> split(heads) |> l2norm(inside=true) |> merge",
    "beside the length": "linear(x) |> conv(4) |> silu |> split(heads) |> l2norm(eps=1e-3) |> merge",
    "narrow": "linear(x) |> conv(2, bias=0.1) |> tanh",
    "wide": "linear(x) |> conv(7) |> gelu",
    "gate": "(linear(x) |> split(heads) |> rmsnorm |> merge) * silu(linear(x))",
    "gated and convolved": "conv(linear(x), 3) * sigmoid(linear(x)) + linear(x)",
    "norm of what is convolved": "norm(conv(linear(x), 4)) * softplus(linear(x))",
    "layer norm": "((linear(x) * linear(x)) |> split(heads) |> layernorm |> merge) - 0.5 * linear(x)",
    "layer norm of a stream": "layernorm(linear(x)) * gelu_tanh(linear(x))",
    "what is normed stays": "linear(x) |> conv(3) |> elu |> norm",
    "weights": "weight(d, 0.5, end=2) * l2norm(linear(x) + linear(x) * weight(d, 1.0))",
    "weights by head": "exp(split(linear(x), heads) * weight(heads, 0.5, end=1) - 1) |> l2norm |> merge",
    "nothing to keep": "(linear(x) + linear(x) - 2 * linear(x)) / 4",
    "only convolved": "conv(linear(x), 4, bias=0.5) * 0.5 + linear(x)",
    "groups": "silu(linear(x)) * groupnorm(linear(x) + linear(x), heads, eps=1e-3)",
    "bounded": "clamp(linear(x), -1, 1) / (1 + abs(linear(x)))",
}


def made(line: str, d: int = 16, heads: int = 2) -> Served:
    return served(SPEC.format(line=line, d=d, heads=heads))


def found(text: str) -> list[Chain]:
    system = nlc.loads(text)
    return [chain for block in chains(system._plan(0)).values() for chain in block]


@pytest.mark.parametrize("name", CASES)
def test_a_chain_is_its_definition(name: str):
    assert len(found(SPEC.format(line=CASES[name], d=16, heads=2))) == 1
    output, gradient = compare(made(CASES[name]), 2, 37, size=16)
    assert output < 1e-5 and gradient < 1e-5, (output, gradient)


def drawn(draw: random.Random, depth: int) -> str:
    """A line of streams, functions and norms, as they come."""
    inner = partial(drawn, draw, depth - 1)
    if depth == 0:
        return draw.choice(
            ("linear(x)", "linear(x)", "conv(linear(x), 3)", "weight(d, 0.5, end=1.5) * linear(x)")
        )
    kind = draw.randrange(4)
    if kind == 0:
        return draw.choice(NORMS).format(inner())
    if kind == 1:
        return f"({inner()} {draw.choice('+-*')} {draw.choice((inner(), '0.7'))})"
    return f"{draw.choice(FUNCTIONS)}({inner()})"


FUNCTIONS = ("silu", "tanh", "sigmoid", "gelu", "softplus", "elu", "erf")
NORMS = ("norm({})", "l2norm({}, inside=true)", "({} |> split(heads) |> layernorm |> merge)")


@pytest.mark.parametrize("seed", range(8))
def test_drawn_chains(seed: int):
    line = drawn(random.Random(seed), 4)
    package = made(line, d=12)
    assert package.chains == ["chains_f"], line
    assert max(compare(package, 2, 6, size=12)) < 1e-5, line


@pytest.mark.parametrize(("batch", "tokens"), [(3, 1), (1, 2), (2, 15), (1, 16), (1, 700)])
@pytest.mark.parametrize("name", ["convolution and norm", "gate"])
def test_any_number_of_tokens(name: str, batch: int, tokens: int):
    assert max(compare(made(CASES[name]), batch, tokens, size=16)) < 1e-5


@pytest.mark.parametrize(("d", "heads"), [(21, 3), (260, 1), (40, 2)])
@pytest.mark.parametrize("name", ["convolution and norm", "narrow", "layer norm", "weights by head"])
def test_any_size(name: str, d: int, heads: int):
    assert max(compare(made(CASES[name], d=d, heads=heads), 1, 20, size=d)) < 1e-5


LAYER = """nl 1
dim d = 16, heads = 2
block f(x: [T d]) {
  memory m(x) {
    structure: matrix(heads=heads, value=d)
    keys:      linear(x) |> conv(4) |> silu |> l2norm
    values:    linear(x) |> conv(3) |> silu
    objective: l2
    optimizer: sgd(lr=linear(x, heads) |> sigmoid)
    update:    every token
  }
  y = m(x) |> rmsnorm |> merge
  return linear(y * silu(linear(x, 2 * d)), d)
}
"""


@pytest.fixture(scope="module")
def layer() -> Served:
    return served(LAYER)


def test_pieces_are_the_whole(layer: Served):
    """What a convolution carries is what it carries without kernels, and gradients go through it."""
    module = layer.module()
    x = torch.randn(2, 21, 16)
    results = []
    for kernels in (True, False):
        module.zero_grad()
        state, out = None, []
        with layer.launched() if kernels else nullcontext():
            for piece in x.split([1, 2, 17, 1], dim=1):
                y, state = module.carry(piece, state)
                out.append(y)
            sum(y.square().sum() * n for n, y in enumerate(out, 1)).backward()
        tensors = dict(sorted(state.tensors().items()))
        results.append((torch.cat(out, 1), tensors, [p.grad for p in module.parameters()]))
    (y, state, gradients), (y2, state2, gradients2) = results
    assert gap(y, y2) < 1e-5 and worst(gradients, gradients2) < 1e-5
    assert {n: (t.shape, t.dtype) for n, t in state.items()} == {
        n: (t.shape, t.dtype) for n, t in state2.items()
    }
    assert worst(list(state.values()), list(state2.values())) < 1e-5


@pytest.mark.parametrize("packed", [False, True])
def test_padding_changes_nothing(layer: Served, packed: bool):
    module = layer.module()
    lengths = [17, 1, 5]
    x = torch.randn(3, 17, 16)
    with torch.no_grad(), layer.launched():
        if packed:
            row = torch.cat([x[n, :length] for n, length in enumerate(lengths)]).unsqueeze(0)
            offsets = torch.tensor([0, 17, 18, 23], dtype=torch.int32)
            out, state = module.carry(row, cu_seqlens=offsets)
            y = [out[0, a:b] for a, b in pairwise(offsets.tolist())]
        else:
            out, state = module.carry(x, lengths=torch.tensor(lengths))
            y = [out[n, :length] for n, length in enumerate(lengths)]
    for n, length in enumerate(lengths):
        wanted, alone = module.carry(x[n : n + 1, :length])
        assert gap(y[n], wanted[0]) < 1e-5
        for name, tensor in alone.tensors().items():
            assert gap(state.tensors()[name][n], tensor[0]) < 1e-5, name


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("name", ["convolution and norm", "gate", "weights"])
def test_rounded_streams(name: str, kind: torch.dtype):
    """Arithmetic is float32: what is lost is the rounding of what comes in and goes out."""
    package = made(CASES[name])
    module = package.module().to(kind)
    exact = package.module().double()
    exact.load_state_dict(module.state_dict())
    x, weights = torch.randn(2, 20, 16).to(kind), torch.randn(2, 20, 16)
    y, y2 = x.clone().requires_grad_(), x.double().requires_grad_()
    with package.launched():
        out, _ = module.carry(y)
        (out.float() * weights).sum().backward()
    wanted, _ = exact.carry(y2)
    (wanted * weights).sum().backward()
    assert out.dtype == y.grad.dtype == kind
    assert gap(out, wanted) < 2e-2 and gap(y.grad, y2.grad) < 2e-2
    bound = [p.grad for p in module.parameters()], [p.grad for p in exact.parameters()]
    assert worst(*bound) < 2e-2


@pytest.mark.parametrize("name", ["gated_deltanet", "mamba2", "titans", "samba", "titans_mac"])
def test_chains_of_examples(name: str, monkeypatch: pytest.MonkeyPatch):
    """Beside memories that torch serves: what is off would be a chain's."""
    found = Served(build(nlc.load(EXAMPLES / f"{name}.nl", layers=1, d=32, vocab=16).files("triton")))
    monkeypatch.setattr(
        found.file("chains"), "device", SimpleNamespace(serves=lambda x: x.dtype == torch.float32)
    )
    model = found.module()
    exact = found.module().double()
    exact.load_state_dict(model.state_dict())
    ids = torch.randint(0, 16, (2, 9))
    weights = torch.randn(2, 9, 16)
    with interpreting():
        scores, state = model(ids)
        (scores * weights).sum().backward()
    wanted, known = found.file("reference").run(exact, ids)
    (wanted * weights).sum().backward()
    assert gap(scores, wanted) < 1e-5
    tensors = [[t for _, t in sorted(s.tensors().items()) if t.is_floating_point()] for s in (state, known)]
    assert worst(*tensors) < 1e-5
    assert worst([p.grad for p in model.parameters()], [p.grad for p in exact.parameters()]) < 1e-5


APART = {
    "read twice, here": ("u = silu(x * x)\n  return norm(u) - u", ["norm(silu(x * x)) - silu(x * x)"]),
    "read by a matrix": ("u = silu(x * x)\n  return 2 * linear(u) - u", ["silu(x * x)", "2 * y - x"]),
    "two norms": ("return norm(silu(l2norm(linear(x))))", ["l2norm(x)", "norm(silu(x))"]),
    "a matrix between": ("return linear(silu(x) * x) * 2 + x", ["silu(x) * x", "y * 2 + x"]),
    "one launch": ("return norm(linear(x))", []),
    "no way back": ("return sign(linear(x)) * 2", []),
    "a number a token": ("return linear(x) * sum(x)", []),
    "before a convolution": ("return silu(conv(silu(x) * x, 4))", ["silu(x) * x", "silu(conv(x, 4))"]),
    "nothing but a convolution": ("return norm(x) |> conv(3)", ["conv(x, 3)"]),
    "longer than is differentiated": (
        f"return linear(x){' |> tanh' * 14}",
        ["tanh(tanh(x))", f"{'tanh(' * 12}x{')' * 12}"],
    ),
    "wider than a chip holds": ("return linear(x) |> conv(9) |> silu |> l2norm", ["l2norm(silu(x))"]),
}


@pytest.mark.parametrize("name", APART)
def test_what_is_fused_and_what_is_not(name: str):
    line, wanted = APART[name]
    chains = found(f"nl 1\ndim d = 16\nblock f(x: [T d]) {{\n  {line}\n}}\n")
    assert [print_expr(chain.said) for chain in chains] == wanted


def test_a_plan_says_what_is_fused(nlc):
    words = "plan", str(EXAMPLES / "mamba2.nl"), "--backend", "triton"
    _, out, _ = nlc(*words)
    (block,) = json.loads(nlc(*words, "--json")[1])["chains"]
    assert block["block"] == "mamba2" and block["count"] == 2
    last = block["chains"][-1]
    assert last == {"name": "mul", "computes": last["computes"], "launches": 1, "instead": 11}
    assert "y_weight * x" in last["computes"]
    assert f"mul = {last['computes']}: 1 for 11" in out
    assert "5 launches in place of 48 around matrices and memories, forward" in out
