"""A token by itself takes a shorter way: the same numbers as within a run, outputs, state and gradients."""

import pytest
import torch
from compiled import assert_close, assert_same_gradients, assert_same_state, compiled, gradients, weighted

SPEC = """nl 1
dim d = 12, heads = 2
block layer(x: [T d]) {{
  {extra}
  memory m(x) {{
    structure: matrix(heads=heads, value={value})
    keys:      linear(x) |> conv(3) |> l2norm
    values:    linear(x)
    queries:   linear(x) |> l2norm
    objective: {objective}
    optimizer: {optimizer}
    retention: {retention}
    update:    every token
    anchor:    {anchor}
    init:      {init}
  }}
  {line}
}}
"""
GATE = "linear(x, heads, bias=2.0) |> sigmoid"
PLAIN = {
    "extra": "",
    "value": 4,
    "objective": "l2",
    "optimizer": "sgd(lr=linear(x, heads) |> sigmoid)",
    "retention": f"keep({GATE})",
    "anchor": "every token",
    "init": "zeros",
    "line": "return m(x)",
}
CASES = {
    "as it is": {},
    "forgotten first": {"retention": f"keep({GATE}, first=true)"},
    "nothing forgotten": {"retention": "keep"},
    "a number kept, a number of rate": {"retention": "keep(0.9)", "optimizer": "sgd(lr=0.3)"},
    "sums": {"objective": "dot", "optimizer": "sgd(lr=1)"},
    "another slope, and a stream of its own": {
        "objective": "minimize(care * v * p + (p - 2 * v) * (p - 2 * v))",
        "extra": "care = 0.5 * sigmoid(linear(x, heads))",
    },
    "each channel of a key": {"retention": "keep(linear(x, bias=2.0) |> sigmoid, axis=keys)"},
    "each channel of a value": {"retention": "keep(linear(x, 8, bias=2.0) |> sigmoid, axis=values)"},
    "few values": {
        "objective": "dot",
        "optimizer": "sgd(lr=0.5)",
        "retention": "keep(linear(x, bias=2.0) |> sigmoid, axis=keys)",
    },
    "momentum": {"optimizer": f"momentum(lr=0.2, beta={GATE})"},
    "erased": {"objective": "dot", "optimizer": "dgd(lr=0.5 * sigmoid(linear(x, heads)))"},
    "erased, and momentum": {"optimizer": "dgd(lr=0.2, beta=0.5)"},
    "to its start": {"init": "learned", "retention": f"keep({GATE}, to=init)"},
    "all to its start": {
        "init": "learned",
        "retention": f"keep({GATE}, to=init)",
        "optimizer": "dgd(lr=0.2, beta=0.5)",
    },
    "to its anchor": {
        "objective": "dot",
        "anchor": "every 3 tokens",
        "retention": f"keep({GATE}, to=anchor)",
    },
    "read before": {"line": "y = m.read(x)\n  m.write(x)\n  return y"},
}
TOKENS = 9


@pytest.mark.parametrize("name", CASES)
def test_token_by_token_is_all_at_once(name):
    package = compiled(SPEC.format(**PLAIN | CASES[name]))
    module, x = package.module(), package.inputs(2, TOKENS)
    memory = next(child for child in module.children() if hasattr(child, "_token"))
    y, state = package.run(module, x)
    calls, shorter = [], memory._token
    memory._token = lambda *given: (calls.append(1), shorter(*given))[1]
    pieces, after = [], None
    for token in x.split(1, dim=1):
        piece, after = package.run(module, token, after)
        pieces.append(piece)
    del memory._token
    assert len(calls) == TOKENS
    found = torch.cat(pieces, dim=1)
    assert_close(found, y, 1e-12, "outputs")
    assert_same_state(after, state, 1e-12)
    one, all_at_once = (gradients(weighted(*result), module) for result in ((found, after), (y, state)))
    assert_same_gradients(one, all_at_once, 1e-11)
