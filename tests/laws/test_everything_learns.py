"""One backward pass reaches every parameter, and what reaches it is the derivative."""

import re

import pytest
import torch
from compiled import EXAMPLES, SIZES, SMALL, assert_same_gradients, compiled, example, gradients

SECOND_ORDER = {"objective: task": "objective: task(outer=second_order)"}
TOKENS = {"cms": 140, "hope": 140}
EXACT = [name for name in SIZES if name not in ("cms", "hope")]
"""No first-order step lies on the way of these."""


def spec(name, *changes):
    """An example's text with some of it replaced."""
    text = (EXAMPLES / f"{name}.nl").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


@pytest.mark.parametrize("name", SIZES)
def test_everything_learns(name):
    """With the initial values as they are; each start, and each maker of keys, rates and gates."""
    package = example(name)
    module, x = package.module(torch.float32, spread=0.0), package.inputs(2, TOKENS.get(name, 40))
    module.loss(x).backward()
    for path, parameter in module.named_parameters():
        assert parameter.grad is not None, path
        assert parameter.grad.isfinite().all(), path
        assert parameter.grad.any(), path
        rows = parameter.grad.flatten(1).any(1) if parameter.dim() > 1 else parameter.grad != 0
        assert rows.double().mean() > 0.5, f"{path}: most of it learns nothing"


def assert_is_derivative(package, tokens, directions=3, within=1e-6):
    """In random directions of length 1: half of f(+h) − f(−h), by h, with the error of order h² taken out."""
    module, x = package.module(), package.inputs(1, tokens)
    found = gradients(module.loss(x), module)
    start = {name: p.detach().clone() for name, p in module.named_parameters()}

    @torch.no_grad()
    def loss(along, step):
        for name, p in module.named_parameters():
            p.copy_(start[name] + step * along[name])
        return float(module.loss(x))

    for seed in range(directions):
        torch.manual_seed(seed)
        along = {name: torch.randn_like(p) for name, p in start.items()}
        length = sum(float(d.square().sum()) for d in along.values()) ** 0.5
        along = {name: d / length for name, d in along.items()}
        expected = sum(float((found[name] * d).sum()) for name, d in along.items())
        slopes = [(loss(along, h) - loss(along, -h)) / (2 * h) for h in (1e-4, 2e-4)]
        assert (4 * slopes[0] - slopes[1]) / 3 == pytest.approx(expected, rel=within, abs=1e-9)


@pytest.mark.parametrize("name", EXACT)
def test_gradients_are_derivatives(name):
    assert_is_derivative(example(name), 28)


def test_gradients_of_self_modification_are_derivatives():
    """Hope without its levels: memories that make one another's keys, values, rates and retention."""
    text = re.sub(r"return a \+ cms\(.*\)", "return a", spec("hope", ('use "std/cms.nl" (cms)\n', "")))
    assert "cms(" not in text
    assert_is_derivative(compiled(text, **SMALL, layers="1", chunk="8", slow="16"), 40)


def test_second_order_levels_are_derivatives():
    text = spec("cms", *SECOND_ORDER.items())
    assert_is_derivative(compiled(text, **SMALL, layers="1", fast="16", rate="0.05"), 70)


def test_first_order_levels_are_not():
    """Their inner gradient is a constant of the outer one: at this rate the difference is seen."""
    with pytest.raises(AssertionError):
        assert_is_derivative(example("cms"), 70, directions=1)


def test_second_order_levels_are_the_autograd_of_their_reference():
    text = spec("cms", *SECOND_ORDER.items())
    package = compiled(text, **SMALL, layers="1", fast="16", rate="0.05")
    module, x = package.module(), package.inputs(2, 70)
    w = torch.randn(2, 70, 24, dtype=torch.float64)
    fast = gradients((package.run(module, x)[0] * w).sum(), module)
    assert_same_gradients(fast, gradients((package.reference(module, x)[0] * w).sum(), module))
