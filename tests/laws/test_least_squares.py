"""A closed form in a matrix is the minimiser that it says it is."""

import torch
from compiled import compiled

TEXT = """nl 1
dim d = 6
block layer(x: [T d]) {
  memory fit(x) {
    structure: matrix(heads=2)
    objective: OBJECTIVE
    optimizer: closed_form(ridge=0.3, strength=0.7)
    retention: keep(0.9)
    update: every token
  }
  return fit(x)
}
"""
LOSSES = {
    "l2": lambda p, v: 0.5 * (p - v).square(),
    "minimize(2 * (p - v) * (p - v) + v * p)": lambda p, v: 2 * (p - v).square() + v * p,
}


def test_its_answer_is_of_least_loss():
    """The loss over all pairs has no slope at the W that is read."""
    for objective, loss in LOSSES.items():
        package = compiled(TEXT.replace("OBJECTIVE", objective))
        x = package.inputs(3, 20)
        y, state = package.run(package.module(), x)
        cross, gram = state.memories["fit"]["layer1"].split([3, 3], dim=-2)
        weight = (cross @ (gram + 0.3 * torch.eye(3).double()).inverse()).detach().requires_grad_()
        pairs = x.unflatten(-1, (2, 3)).transpose(1, 2)
        answers = pairs @ weight.mT
        assert torch.allclose(answers[:, :, -1].flatten(1), y[:, -1])
        counts = 0.7 * 0.9 ** torch.arange(19, -1, -1).double()
        total = (counts[:, None] * loss(answers, pairs)).sum() + 0.15 * weight.square().sum()
        (slope,) = torch.autograd.grad(total, [weight])
        assert slope.abs().max() < 1e-12
