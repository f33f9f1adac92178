"""What comes out before token t does not depend on token t, nor on anything after it."""

import pytest
from compiled import SIZES, assert_close, example

TOKENS = {"cms": 70, "hope": 70}


@pytest.mark.parametrize("name", SIZES)
def test_nothing_before_a_changed_token_changes(name):
    package = example(name)
    module, x = package.module(), package.inputs(1, TOKENS.get(name, 24))
    times = [1, 7, 8, 9, 15, 16, 17, 23, x.shape[1] - 1]
    changed = x.repeat(len(times), 1)
    for row, t in enumerate(times):
        changed[row, t] = (changed[row, t] + 1) % package.system.vocab
    y = package.run(module, x)[0][0]
    others = package.run(module, changed)[0]
    for row, t in enumerate(times):
        assert_close(others[row, :t], y[:t], 1e-12, f"outputs before a changed token {t}")
        assert not others[row, t].equal(y[t]), f"token {t} is not seen at all"


@pytest.mark.parametrize("name", SIZES)
def test_the_references_do_not_look_ahead_either(name):
    package = example(name)
    module, x = package.module(), package.inputs(1, 18)
    changed = x.clone()
    changed[:, 9] = (changed[:, 9] + 1) % package.system.vocab
    y, other = package.reference(module, x)[0], package.reference(module, changed)[0]
    assert other[:, :9].equal(y[:, :9])
    assert not other[:, 9].equal(y[:, 9])
