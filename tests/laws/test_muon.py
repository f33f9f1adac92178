"""Orthogonalized writes: what Newton and Schulz make of a momentum, and how far a write goes."""

import torch
from compiled import assert_close, compiled

LAYER = """nl 1
dim d = 12
block layer(x: [T d]) {{
  memory m(x) {{
    structure: matrix(heads=2, value=4)
    keys:      linear(x) |> l2norm
    values:    {factor} * linear(x)
    queries:   linear(x)
    objective: {objective}
    optimizer: muon(lr=0.1, beta={beta})
    update:    every token
    anchor:    every {anchor} tokens
  }}
  return m(x)
}}
"""


def written(tokens=5, objective="dot", beta=0.5, anchor=4, factor=1):
    package = compiled(LAYER.format(objective=objective, beta=beta, anchor=anchor, factor=factor))
    module, x = package.module(), package.inputs(2, tokens)
    with torch.no_grad():
        return package.run(module, x)[1].memories["m"]["layer1"]


def test_one_write_goes_as_far_as_the_rate_says():
    """Of one pair the momentum has one singular value; five steps of the quintic bring it near 1."""
    size = torch.linalg.matrix_norm(written(tokens=1), 2) / 0.1
    assert ((size > 0.65) & (size < 1.25)).all()


def test_the_size_of_a_gradient_does_not_matter():
    assert_close(written(factor=100), written(), 1e-5, "the state after values 100 times as long")


def test_a_window_beside_muon_is_summed_before_it_is_orthogonalized():
    """A window of length 1 is none; a longer one is no sum of orthogonalized steps."""
    assert_close(written(objective="window(dot, 1)"), written(), 1e-12, "the state")
    apart = written(objective="window(dot, 3)", beta=0.0) - written(objective="dot", beta=0.0)
    assert float(apart.norm()) > 1e-2
