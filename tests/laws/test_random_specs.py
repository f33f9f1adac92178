"""The laws, for specs that nobody wrote."""

import random

import torch
from compiled import (
    assert_close,
    assert_same_gradients,
    assert_same_state,
    compiled,
    gradients,
    in_pieces,
    weighted,
)
from hypothesis import HealthCheck, given, settings
from specs import levels, one_memory, self_modifying, several_memories

from nlc.lower import lower


def some(count):
    return settings(
        max_examples=count,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def assert_laws(text, tokens):
    package = compiled(text)
    module, x = package.module(), package.inputs(2, tokens)
    y, state = package.run(module, x)
    assert float(y.detach().norm()) < 1e4, "drawn specs are stable"

    y_ref, state_ref = package.reference(module, x)
    assert_close(y, y_ref, 1e-9, "outputs")
    assert_same_state(state, state_ref)
    assert_same_gradients(
        gradients(weighted(y, state), module), gradients(weighted(y_ref, state_ref), module)
    )

    chance = random.Random(text)
    sizes, left = [], tokens
    while left:
        sizes.append(chance.randint(1, min(left, 11)))
        left -= sizes[-1]
    with torch.no_grad():
        pieces, after = in_pieces(package, module, x, sizes)
        assert_close(pieces, y, 1e-9, f"outputs in pieces of {sizes}")
        assert_same_state(after, state)

        t = chance.randrange(1, tokens)
        changed = x.clone()
        changed[1, t] = (changed[1, t] + 1) % package.system.vocab if package.system.vocab else 1.0
        other, _ = package.run(module, changed)
    assert_close(other[1, :t], y[1, :t], 1e-12, f"outputs before a changed token {t}")
    assert_close(other[0], y[0], 1e-12, "the other sequence")
    assert_counts(package, tokens)


def assert_counts(package, tokens):
    """What the plan says of parameters and of one sequence's state is so, to the byte."""
    module = package.module(torch.float32)
    plan = lower(package.system, length=tokens)
    assert plan.parameters == sum(p.numel() for p in module.parameters())
    _, state = package.run(module, package.inputs(1, tokens, torch.float32))
    assert plan.state_bytes == sum(t.numel() * t.element_size() for t in state.tensors().values())


@given(one_memory())
@some(36)
def test_one_memory(text):
    assert_laws(text, 23)


@given(several_memories())
@some(12)
def test_several_memories(text):
    assert_laws(text, 19)


@given(self_modifying())
@some(14)
def test_self_modifying(text):
    assert_laws(text, 21)


@given(levels())
@some(10)
def test_levels(text):
    assert_laws(text, 20)
