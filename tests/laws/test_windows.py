"""A window of pairs: what it is equal to, and what follows for the plan."""

import pytest
import torch
from compiled import assert_close, compiled

from nlc.lower.show import rows

LAYER = """nl 1
dim d = 8
block layer(x: [T d]) {{
  memory m(x) {{
    structure: {structure}
    keys:      linear(x) |> l2norm
    values:    linear(x)
    queries:   linear(x)
    objective: {objective}
    optimizer: momentum(lr=0.1 * sigmoid(linear(x, 2)), beta=0.5)
    retention: keep(0.9)
    update:    every token
    anchor:    every {anchor} tokens
    init:      learned
  }}
  return m(x)
}}
"""
RATE = "0.1 * sigmoid(linear(x, 2))"
MATRIX, NETWORK = "matrix(heads=2)", "mlp(depth=2, expansion=2, residual=true, heads=2)"


def answers(objective, structure=NETWORK, anchor=4):
    package = compiled(LAYER.format(objective=objective, structure=structure, anchor=anchor))
    return package.run(package.module(), package.inputs(2, 13))[0].detach()


@pytest.mark.parametrize("objective", ["l2", "dot", "huber(delta=0.3)", "minimize(log_cosh(p - v))"])
@pytest.mark.parametrize("structure", [MATRIX, NETWORK])
def test_a_window_of_length_1_is_no_window(objective, structure):
    assert_close(
        answers(f"window({objective}, 1)", structure), answers(objective, structure), 1e-12, "outputs"
    )


def test_a_window_of_two_pairs_writes_each_pair_twice():
    """Without decay and momentum, and read at the very end, a dot memory has summed each pair twice."""

    def last(objective):
        text = LAYER.format(objective=objective, structure=MATRIX, anchor=1)
        package = compiled(text.replace(RATE, "0.1").replace("0.5)", "0.0)").replace("0.9", "1.0"))
        module, x = package.module(), package.inputs(1, 6)
        written = [package.run(module, given)[1].memories["m"]["layer1"] for given in (x, x[:, 5:])]
        return [(weight - module.m.init1).detach() for weight in written]

    (once, newest), (twice, _) = last("dot"), last("window(dot, 2)")
    assert_close(twice, 2 * once - newest, 1e-12, "the newest pair was written once, all others twice")


def test_a_pair_of_weight_0_is_in_no_window():
    """What stands at such a token changes nothing later, though its neighbours' windows hold it."""
    objective = "window(l2, 3, weights=step(linear(x, 2)))"
    package = compiled(LAYER.format(objective=objective, structure=MATRIX, anchor=4).replace(RATE, "0.1"))
    module, x = package.module(), package.inputs(1, 12)
    weights = torch.nn.functional.linear(x, module.m.counts_linear.weight)[0] > 0
    silent = next(t for t in range(3, 10) if not weights[t].any())
    changed = x.clone()
    changed[:, silent] *= 2.0  # the weights stay 0
    with torch.no_grad():
        before, after = (package.run(module, given)[0] for given in (x, changed))
    assert not torch.equal(before[:, silent], after[:, silent])
    assert_close(after[:, silent + 1 :], before[:, silent + 1 :], 1e-12, "outputs after it")


def test_weights_scale_like_the_rate():
    assert_close(
        answers("window(l2, 3, weights=0.5)"),
        torch.as_tensor(answers("window(minimize(0.25 * (p - v) * (p - v)), 3)")),
        1e-12,
        "outputs",
    )


def test_the_plan_says_when_a_window_is_slow():
    def row(objective, structure, anchor):
        package = compiled(LAYER.format(objective=objective, structure=structure, anchor=anchor))
        return next(iter(rows(package.plan)))[0]

    assert row("window(l2, 3)", MATRIX, 1)["slow"].startswith("token by token")
    assert "window" in row("window(l2, 3)", MATRIX, 1)["why"]
    assert not row("window(l2, 3)", MATRIX, 4)["slow"]
    assert not row("window(dot, 3)", MATRIX, 1)["slow"]
    assert row("window(l2, 3)", MATRIX, 4)["rule"].startswith("momentum · l2 of 3 pairs")


@pytest.mark.parametrize("objective", ["window(task, 3)", "window(softmax, 3)", "window(window(l2, 2), 3)"])
def test_a_window_is_over_losses_of_pairs(objective):
    from nlc.report import SpecError

    with pytest.raises(SpecError) as wrong:
        answers(objective)
    assert [found.code for found in wrong.value.report.diagnostics] == ["E0415"]


def test_what_a_loss_mentions_may_be_divided_by():
    """Before the first pair there is none, which must not be taken for one whose numbers are 0."""
    found = answers("window(huber(delta=softplus(linear(x, 2))), 3)")
    assert torch.isfinite(found).all()
