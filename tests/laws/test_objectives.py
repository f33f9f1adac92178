"""Objectives of which one is another's special case, and sums inside a user's own."""

import pytest
from compiled import assert_close, compiled

from nlc.lower.differentiate import residual
from nlc.parts.meaning import parse
from nlc.write.expr import print_expr

SPEC = """nl 1
dim d = 8
block layer(x: [T d]) {
  memory m(x) {
    structure: mlp(depth=2, expansion=2, heads=2)
    keys:      linear(x) |> l2norm
    values:    linear(x)
    objective: %s
    optimizer: sgd(lr=%s)
    update:    every token
    anchor:    every 4 tokens
    init:      learned
  }
  return m(x)
}
"""


def outputs(objective: str, rate: float = 0.1):
    package = compiled(SPEC % (objective, rate))
    return package.run(package.module(), package.inputs(2, 21))[0]


@pytest.mark.parametrize("by", ["number", "norm", "switch"])
def test_huber_with_a_huge_delta_is_l2(by: str):
    assert_close(outputs(f"huber(delta=1e6, by={by})"), outputs("l2"), 1e-9, "outputs")


@pytest.mark.parametrize("by", ["number", "norm", "switch"])
def test_huber_with_a_small_delta_is_not(by: str):
    with pytest.raises(AssertionError):
        assert_close(outputs(f"huber(delta=0.1, by={by})"), outputs("l2"), 1e-3, "outputs")


def test_huber_by_norm_and_by_switch_differ_from_one_another_beyond_delta():
    with pytest.raises(AssertionError):
        assert_close(outputs("huber(delta=0.1, by=norm)"), outputs("huber(delta=0.1, by=switch)"), 1e-3, "")


def test_lp_with_2_is_l2_with_twice_the_rate():
    assert_close(outputs("lp(p=2)", 0.1), outputs("l2", 0.2), 1e-12, "outputs")


def test_a_sum_over_all_is_what_a_vector_result_is_anyway():
    assert_close(outputs("minimize(0.5 * sum((p - v) * (p - v)))"), outputs("l2"), 1e-12, "outputs")


@pytest.mark.parametrize(
    ("loss", "wanted", "slope"),
    [
        ("0.5 * sum((p - v) * (p - v))", "p - v", 1.0),
        ("0.5 * sum(p) * sum(p)", "sum(p)", None),
        ("0.5 * p * p + v + sum(p * v)", "p + sum(1 + 0 * v) * v", 1.0),
        ("0.5 * p * p - p * sum(v)", "p - sum(v)", 1.0),
        ("care * sum(p * v)", "sum(care) * v", 0.0),
    ],
)
def test_the_derivative_goes_through_sums(loss: str, wanted: str, slope: float | None):
    derived, found = residual(parse(loss))
    assert (print_expr(derived), found) == (wanted, slope)
