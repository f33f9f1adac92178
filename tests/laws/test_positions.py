"""What depends on when a token comes: learned positions, and rotations in a block without memories."""

import pytest
import torch
from compiled import assert_close, compiled, in_pieces

SPEC = """nl 1
dim vocab = 24, d = 8
block turned(x: [T d]) {
  place = phase(5)
  return x + place * linear(norm(x, eps=1e-5) |> rope) + linear(x |> rope(period=3))
}
model lm(ids: [T]) {
  objective: next_token
  return (embed(ids, d) + position(d, length=12)) |> repeat(turned, 2) |> gelu_tanh |> unembed(tied=true)
}
"""


def test_positions_keep_the_cut_law_and_are_those_of_each_sequence():
    package = compiled(SPEC)
    module, ids = package.module(), package.inputs(2, 12)
    with torch.no_grad():
        whole, _ = package.run(module, ids)
        pieces, _ = in_pieces(package, module, ids, [5, 1, 6])
        definition, _ = package.reference(module, ids)
        ragged, state = package.run(module, ids, None, torch.tensor([12, 7]))
        alone, _ = package.run(module, ids[1:, :7])
        more, _ = package.run(module, ids[1:, 7:9], state.select(1))
    assert_close(pieces, whole, 1e-12, "in pieces")
    assert_close(definition, whole, 1e-12, "definition")
    assert_close(ragged[1:, :7], alone, 1e-12, "ragged")
    assert_close(more, whole[1:, 7:9], 1e-12, "after a ragged batch")


def test_a_position_that_has_no_vector_is_an_error():
    package = compiled(SPEC)
    module, ids = package.module(), package.inputs(2, 13)
    with pytest.raises(IndexError, match="13 tokens, where `position` has vectors for 12"):
        module(ids)
    _, state = module(ids[:, :12])
    with pytest.raises(IndexError, match="13 tokens"):
        module(ids[:, 12:], state)
    with torch.no_grad():
        padded, _ = module(ids, lengths=[12, 3])  # beyond the length stands padding only
        assert_close(padded[:1, :12], module(ids[:1, :12])[0], 1e-12, "padded")


@pytest.mark.parametrize("line", ["phase(3) * x", "rope(x, period=3)"])
def test_a_period_counts_from_zero_again(line):
    package = compiled(f"nl 1\ndim d = 4\nblock layer(x: [T d]) {{\n  return {line}\n}}\n")
    module, x = package.module(), torch.ones(1, 8, 4, dtype=torch.float64)
    y = package.run(module, x)[0][0]
    assert_close(y[3:], y[:5], 1e-12, "the second period")
    assert not torch.allclose(y[1], y[0])
    assert not torch.allclose(y[2], y[1])
    if "phase" in line:
        assert y[:, 0].tolist() == [0, 1, 2, 0, 1, 2, 0, 1]
