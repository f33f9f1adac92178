"""The laws that every spec obeys, and where a drawn spec is put that breaks one."""

from __future__ import annotations

import random
from pathlib import Path

import torch
from compiled import (
    Compiled,
    assert_close,
    assert_same_gradients,
    assert_same_state,
    gradients,
    in_pieces,
    passing,
    weighted,
)
from hypothesis import HealthCheck, settings

from nlc.level import level
from nlc.lower import lower

REGRESS = Path(__file__).parents[1] / "regress"
TOKENS = 23


def some(count: int, *, anew: bool = False) -> settings:
    """This many drawn specs: the same in every run, or `anew`."""
    return settings(
        max_examples=count,
        derandomize=not anew,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def assert_laws(text: str, name: str) -> None:
    """A spec that breaks a law is written to tests/regress/NAME.nl, and smaller as Hypothesis shrinks it."""
    try:
        with passing(text) as package:
            _laws(package, random.Random(text))
    except Exception:
        REGRESS.mkdir(exist_ok=True)
        (REGRESS / f"{name}.nl").write_text(text, encoding="utf-8")
        raise


def _laws(package: Compiled, chance: random.Random) -> None:
    """It has levels; the fast path is the definition, in whole and in pieces; time runs one way; sequences
    are apart."""
    level(package.system)
    module, x = package.module(), package.inputs(2, TOKENS)
    y, state = package.run(module, x)
    assert float(y.detach().norm()) < 1e4, "drawn specs are stable"

    y_ref, state_ref = package.reference(module, x)
    assert_close(y, y_ref, 1e-9, "outputs")
    assert_same_state(state, state_ref)
    found, wanted = gradients(weighted(y, state), module), gradients(weighted(y_ref, state_ref), module)
    # Where a rule looks at directions alone, a gradient by a size is what rounding leaves of none.
    assert_same_gradients(found, wanted, floor=1e-4)

    sizes, left = [], TOKENS
    while left:
        sizes.append(chance.randint(1, min(left, 11)))
        left -= sizes[-1]
    with torch.no_grad():
        pieces, after = in_pieces(package, module, x, sizes)
        assert_close(pieces, y, 1e-9, f"outputs in pieces of {sizes}")
        assert_same_state(after, state)

        t = chance.randrange(1, TOKENS)
        changed = x.clone()
        changed[1, t] = (changed[1, t] + 1) % package.system.vocab if package.system.vocab else 1.0
        other, _ = package.run(module, changed)
    assert_close(other[1, :t], y[1, :t], 1e-12, f"outputs before a changed token {t}")
    assert_close(other[0], y[0], 1e-12, "the other sequence")
    _counts(package)


def _counts(package: Compiled) -> None:
    """What the plan says of parameters and of one sequence's state is so, to the byte."""
    module = package.module(torch.float32)
    plan = lower(package.system, length=TOKENS)
    assert plan.parameters == sum(p.numel() for p in module.parameters())
    _, state = package.run(module, package.inputs(1, TOKENS, torch.float32))
    assert plan.state_bytes == sum(t.numel() * t.element_size() for t in state.tensors().values())
