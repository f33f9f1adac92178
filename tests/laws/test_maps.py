"""Retentions whose readers see a map of the state: what they see, and where it has no meaning."""

import pytest
import torch
from compiled import assert_close, compiled

from nlc.check import check
from nlc.lower import lower
from nlc.read import read_text
from nlc.report import SpecError

SPEC = """nl 1
dim d = 8
block layer(x: [T d]) {
  memory m(x) {
    structure: %(structure)s
    keys:      linear(x) |> l2norm
    values:    linear(x)
    objective: l2
    optimizer: %(optimizer)s
    retention: %(retention)s
    update:    %(update)s
    anchor:    every 4 tokens
    init:      %(init)s
  }
  y = m.read(x)
  m.write(x)
  return y
}
"""
PLAIN = {
    "structure": "matrix(heads=2)",
    "optimizer": "momentum(lr=0.3, beta=0.5)",
    "retention": "keep(0.9)",
    "update": "every 4 tokens",
    "init": "learned",
}


def spec(**words):
    return SPEC % (PLAIN | words)


def outputs(**words):
    package = compiled(spec(**words))
    module, x = package.module(), package.inputs(2, 21)
    return package.run(module, x)


@pytest.mark.parametrize("structure", ["matrix(heads=2)", "mlp(depth=2, expansion=2)"])
def test_the_weights_of_a_simplex_sum_to_its_scale(structure: str):
    _, state = outputs(structure=structure, retention="simplex(0.9, scale=3)")
    seen = [t for name, t in state.memories["m"].items() if name.startswith("visible")]
    assert seen
    for weights in seen:
        assert (weights > 0).all()
        assert_close(weights.sum(-1), torch.full_like(weights[..., 0], 3.0), 1e-12, "sums of rows")


@pytest.mark.parametrize("update", ["every token", "every 4 tokens"])
@pytest.mark.parametrize("same", ["norm(0.9, q=2)", "shrink(0.9, threshold=0)"])
def test_a_map_that_changes_nothing_is_keep(same: str, update: str):
    wanted, _ = outputs(update=update)
    found, _ = outputs(retention=same, update=update)
    assert_close(found, wanted, 1e-12, "outputs")


def test_small_weights_are_seen_as_zero():
    _, state = outputs(retention="shrink(0.9, threshold=0.2)")
    memory = state.memories["m"]  # after 21 tokens: the last landing was one token ago
    assert ((memory["visible1"] == 0) & (memory["layer1"] != 0)).any()


@pytest.mark.parametrize(
    ("update", "kernel", "slow"), [("every token", "states", True), ("every 4 tokens", "dual", False)]
)
def test_states_are_made_only_where_every_token_sees_one(update: str, kernel: str, slow: bool):
    memory = lower(check(read_text(spec(retention="norm(0.9)", update=update)))).blocks[-1].memories[0]
    assert (memory.family, bool(memory.slow)) == (kernel, slow)


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"retention": "norm(0.9)", "init": "zeros"}, "zeros"),
        ({"retention": "simplex(0.9)", "optimizer": "dgd(lr=0.1)"}, "dgd(lr=0.1)"),
        ({"retention": "simplex(0.9)", "structure": "mlp(bias=true)"}, "mlp(bias=true)"),
    ],
)
def test_what_has_no_meaning_is_refused(words: dict[str, str], field: str):
    with pytest.raises(SpecError) as wrong:
        check(read_text(spec(**words)))
    (found,) = wrong.value.report.errors
    assert (found.code, found.label.span.text) == ("E0415", field)


def test_what_is_not_erased_may_be_mapped():
    check(read_text(spec(retention="simplex(0.9)", optimizer="dgd(lr=0.1, erase=none)")))
