"""Levels of a Continuum Memory System learn while they read, whether or not anybody trains them."""

import pytest
import torch
import torch.nn.functional as F
from compiled import assert_close, compiled, example

ONE = """nl 1
dim d = 8, vocab = 11
block layer(x: [T d]) {
  memory band[c in 4](x) {
    structure: mlp(depth=1, residual=true)
    objective: task
    optimizer: sgd(lr=0.5)
    update:    every c tokens
    init:      learned
  }
  return chain(band, x)
}
model lm(ids: [T]) {
  objective: next_token
  optimizer: adamw(lr=1e-3)
  update:    every step
  return embed(ids, d) |> layer |> unembed
}
"""


def differences(state):
    return {name: t for name, t in state.tensors().items() if "difference" in name}


def test_levels_learn_without_gradients():
    package = example("cms")
    module, x = package.module(), package.inputs(1, 140)
    with torch.no_grad():
        _, state = module(x)
    assert all(d.any() for d in differences(state).values())
    for name, d in differences(module(x)[1]).items():
        assert_close(differences(state)[name], d, 1e-12, name)


def test_inference_mode_is_refused_with_the_reason():
    for name in ("cms", "hope"):
        package = example(name)
        module, x = package.module(), package.inputs(1, 20)
        with torch.inference_mode(), pytest.raises(RuntimeError, match=r"learn by autograd.*torch\.no_grad"):
            module(x)


def test_others_run_in_inference_mode():
    for name in ("titans", "deltanet", "transformer"):
        package = example(name)
        module, x = package.module(), package.inputs(1, 20)
        with torch.inference_mode():
            y, _ = module(x)
        assert_close(y, module(x)[0], 1e-12, name)


def test_a_level_steps_on_the_summed_loss_of_observed_tokens():
    """By hand: W ← W − η ∇ Σ −log p(next token), every four tokens, each sequence its own W."""
    package = compiled(ONE)
    module, x = package.module(), package.inputs(2, 14)
    table = next(p for n, p in module.named_parameters() if n.endswith("out_embed.weight"))
    out = next(p for n, p in module.named_parameters() if n.endswith("unembed.weight"))
    start = next(p for n, p in module.named_parameters() if n.endswith("init1")).detach()
    for row in range(2):
        weight, expected = start.clone(), []
        for first in range(0, 14, 4):
            own = weight.clone().requires_grad_()
            h = table[x[row, first : first + 4]].detach()
            scores = F.linear(h + F.linear(h, own), out.detach())
            expected.append(scores.detach())
            targets = x[row, first + 1 : first + 5]
            if len(targets) == 4:
                loss = F.cross_entropy(scores, targets, reduction="sum")
                weight = weight - 0.5 * torch.autograd.grad(loss, own)[0]
        assert_close(module(x)[0][row], torch.cat(expected), 1e-12, f"sequence {row}")


def test_levels_make_what_was_read_likely():
    """What they are for: a text that repeats costs less and less, and less than without them."""
    package = compiled(ONE)
    module = package.module()
    x = torch.arange(11).repeat(1, 20)
    with torch.no_grad():
        loss = F.cross_entropy(module(x)[0][0, :-1], x[0, 1:], reduction="none")
    thirds = [float(part.mean()) for part in loss.chunk(3)]
    assert thirds[2] < thirds[1] < thirds[0]
    assert thirds[2] < 0.8 * float(loss[:4].mean()), "the first four tokens were read before any step"


LANDS_LATER = """nl 1
dim d = 8, vocab = 11
block layer(x: [T d]) {
  memory band(x) {
    structure: mlp(depth=2, expansion=1, residual=true)
    objective: task
    optimizer: sgd(lr=0.05)
    update:    every 4 tokens
    init:      learned
  }
  memory m(x) {
    structure: matrix(heads=2)
    keys:      linear(x) |> l2norm
    objective: l2
    optimizer: momentum(lr=0.1, beta=0.5)
    update:    every 8 tokens
  }
  y = m.read(x)
  m.write(x)
  return x + linear(y, d) + band.read(norm(x))
}
model lm(ids: [T]) {
  objective: next_token
  optimizer: adamw(lr=1e-3)
  update:    every step
  return embed(ids, d) |> repeat(layer, 2) |> norm |> unembed
}
"""


@pytest.mark.parametrize("before", [2, 4])
def test_a_run_whose_outputs_nobody_wants(before):
    """What the first call wrote is not read in the second, so no gradient comes back to it."""
    package = compiled(LANDS_LATER)
    module, ids = package.module(), package.inputs(2, 8)
    _, state = module(ids[:, :before])
    found = torch.autograd.grad(
        module.loss(ids[:, before:], state), list(module.parameters()), allow_unused=True
    )
    assert any(g is not None and g.abs().max() > 0 for g in found)


def test_lengths_of_any_integers():
    package = compiled(LANDS_LATER)
    module, ids = package.module(), package.inputs(2, 5)
    wanted = module.loss(ids, lengths=[0, 5])
    assert_close(module.loss(ids, lengths=torch.tensor([0, 5], dtype=torch.uint8)), wanted, 0.0, "uint8")
    assert module.bfloat16()(ids, lengths=[0, 5])[0].dtype == torch.bfloat16
    with pytest.raises(ValueError, match="lengths"):
        module(ids, lengths=torch.tensor([False, True]))
