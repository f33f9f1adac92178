"""Every system of the field: the module against an independent formula, and against its own definition."""

import pytest
import torch
from compiled import assert_close, assert_same_gradients, assert_same_state, gradients, in_pieces, weighted
from zoo import BOUND, Row, measure, rows


def every(test):
    return pytest.mark.parametrize("row", rows(), ids=lambda row: row.name)(test)


@every
def test_it_computes_what_the_paper_says(row: Row):
    errors = measure(row)
    assert errors.output <= BOUND
    assert errors.gradient <= BOUND


@every
def test_it_computes_what_its_definition_says(row: Row):
    package = row.compiled()
    module, ids = package.module(), package.inputs(2, row.tokens)
    y, state = package.run(module, ids)
    y_ref, state_ref = package.reference(module, ids)
    assert_close(y, y_ref, 1e-9, "outputs")
    assert_same_state(state, state_ref)
    assert_same_gradients(
        gradients(weighted(y, state), module), gradients(weighted(y_ref, state_ref), module)
    )
    with torch.no_grad():
        third = row.tokens // 3
        cut, after = in_pieces(package, module, ids, [third, 1, row.tokens - third - 1])
    assert_close(cut, y, 1e-9, "outputs in pieces")
    assert_same_state(after, state)


@every
def test_its_spec_is_short(row: Row):
    lines = [line for line in row.spec.read_text(encoding="utf-8").splitlines() if line.split("#")[0].strip()]
    assert len(lines) <= 40
    assert row.spec.with_suffix(".yaml").exists()
